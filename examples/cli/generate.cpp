#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>

#include "examples/cli/commands.h"
#include "examples/cli/drawing.h"
#include "examples/cli/images.h"
#include "examples/cli/profile_report.h"
#include "examples/cli/step_report.h"
#include "nn/observe/path_pattern.h"
#include "tensor/error.h"
#include "tensor/image/image.h"
#include "tensor/io/atomic_file.h"

namespace cli {

namespace fs = std::filesystem;
using tensor::Tensor;

namespace {

/// Errors: std::runtime_error for an output that can't be written, before the long work begins.
void check_outputs(const GenerateOptions& o) {
  for (const fs::path& path : image_paths(o.output, o.images)) {
    tensor::io::check_writable(path);
  }
  for (const std::string& path : {o.save_latents, o.trace.file, o.profile}) {
    if (!path.empty()) tensor::io::check_writable(path);
  }
  if (o.preview.empty()) return;
  std::error_code error;  // check_writable reports it
  fs::create_directory(o.preview, error);
  tensor::io::check_writable(fs::path(o.preview) / "step.000.png");
}

void report_cut_off(const sdxl::ClipTokenizer& tokenizer, const std::string& text,
                    const std::string& encoder) {
  const sdxl::ClipTokenizer::Encoding encoding = tokenizer.encode(text);
  if (encoding.cut_off.empty()) return;
  std::string pieces;
  for (const std::string& piece : encoding.cut_off) {
    pieces += (pieces.empty() ? "" : " ") + piece;
  }
  std::cerr << tensor::format(
                   "sdxl: note: {} reads the first {} tokens of a text; {} more are cut off: {} "
                   "(--prompt-syntax a1111 or compel reads them too)",
                   encoder, tokenizer.max_length() - 2, encoding.cut_off.size(),
                   tensor::printable(pieces))
            << std::endl;
}

void report_cut_off(const sdxl::StableDiffusionXL& model, const GenerateOptions& o) {
  if (model.tokenizer) report_cut_off(*model.tokenizer, o.prompt, "text_encoder");
  const std::string& prompt_2 = o.prompt_2.empty() ? o.prompt : o.prompt_2;
  if (model.tokenizer_2) report_cut_off(*model.tokenizer_2, prompt_2, "text_encoder_2");
}

/// Errors: std::runtime_error for a pattern of --trace-paths that no path of the chosen components
/// matches, and for an autoencoder that runs at several sizes.
void check_trace_paths(const GenerateOptions& o, const Models& models) {
  std::vector<std::string> chosen, others;
  for (const nn::Module* component : models.components()) {
    for (const std::string& path : nn::all_paths(*component)) {
      (o.trace.has_component_of(path) ? chosen : others).push_back(path);
    }
  }
  for (const std::string& pattern : o.trace.paths) {
    const auto is_like = [&](const std::string& path) { return nn::matches(pattern, path); };
    const auto other = std::ranges::find_if(others, is_like);
    if (std::ranges::any_of(chosen, is_like) || other == others.end()) continue;
    tensor::fail("--trace-paths: {} is of another component; expected it in --trace-components",
                 *other);
  }
  nn::expect_matches("--trace-paths", o.trace.paths, chosen);
  const bool has_sizes = o.vae_tiling || o.hires_scale > 1.0;
  if (o.trace.file.empty() || !has_sizes || !o.trace.has_component_of("vae")) return;
  tensor::fail("--trace-components: with {} the autoencoder runs at several sizes; expected no vae",
               o.vae_tiling ? "--vae-tiling" : "--hires-scale");
}

void generate(GenerateOptions o) {
  check_outputs(o);
  Models models(o);
  check_trace_paths(o, models);
  settle_seed(o);
  if (!o.quiet && o.prompts.prompt_syntax() == sdxl::PromptSyntax::plain) {
    report_cut_off(*models.base, o);
  }

  std::optional<nn::Profile> profile;
  if (!o.profile.empty()) profile.emplace();
  std::optional<RunTrace> trace;
  if (!o.trace.file.empty()) trace.emplace(o.trace);
  StepReport report(o, trace ? &*trace : nullptr);
  const Drawing drawing =
      draw_all(o, models, [&](const std::string& task, const sdxl::StableDiffusionXL& model) {
        return report.hooks(task, model);
      });
  report.end();

  if (profile) write_profile(o.profile, *profile);
  if (trace) tensor::io::write_safetensors(o.trace.file, trace->tensors());
  if (!o.save_latents.empty()) {
    tensor::io::write_safetensors(o.save_latents, {{"latents", drawing.latents}});
  }
  write_images(o.output, drawing.images, drawing.texts);
  if (!o.quiet) std::cerr << "wrote " << o.output << std::endl;
  if (profile) print_profile(*profile);  // behind the files: its reader may end this program
}

}  // namespace

void add_generate(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("generate", "Draw an image from a text, or change an image");
  auto options = std::make_shared<GenerateOptions>();
  options->add_to(*command);
  command->footer(
      "The model and the refiner draw from one generator, one after the other.\n"
      "Example: sdxl generate --model stable-diffusion-xl-base-1.0 \\\n"
      "           --refiner stable-diffusion-xl-refiner-1.0 --high-noise-fraction 0.8 \\\n"
      "           --prompt \"a red fox in the snow\" --steps 40 --seed 7 --output fox.png");
  command->callback([command, options] {
    options->check(*command);
    generate(*options);
  });
}

}  // namespace cli
