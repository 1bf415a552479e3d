#include <iostream>
#include <memory>
#include <optional>
#include <random>

#include "examples/cli/commands.h"
#include "examples/cli/drawing.h"
#include "examples/cli/picture_texts.h"
#include "examples/cli/pictures.h"
#include "examples/cli/profile_report.h"
#include "examples/cli/step_report.h"
#include "sdxl/pipeline/latents.h"
#include "tensor/error.h"
#include "tensor/io/atomic_file.h"
#include "tensor/io/image.h"

namespace cli {

namespace fs = std::filesystem;
using tensor::Tensor;

namespace {

std::string random_seed() { return std::to_string(std::random_device{}()); }

/// Refuses what can't be written before the long work begins.
void check_outputs(const GenerateOptions& o) {
  for (const fs::path& path : picture_paths(o.output, o.images)) {
    tensor::io::check_writable(path);
  }
  for (const std::string& path : {o.save_latents, o.trace, o.profile}) {
    if (!path.empty()) tensor::io::check_writable(path);
  }
  if (o.preview.empty()) return;
  std::error_code error;  // what is wrong with the folder shows in the file
  fs::create_directory(o.preview, error);
  tensor::io::check_writable(fs::path(o.preview) / "step.000.png");
}

void tell_what_was_cut_off(const sdxl::ClipTokenizer& tokenizer, const std::string& text,
                           const std::string& encoder) {
  const sdxl::ClipTokenizer::Encoding encoding = tokenizer.encode(text);
  if (encoding.cut_off.empty()) return;
  std::string pieces;
  for (const std::string& piece : encoding.cut_off) {
    pieces += (pieces.empty() ? "" : " ") + piece;
  }
  std::cerr << tensor::format(
                   "sdxl: note: {} reads the first {} tokens of a text; {} more are cut off: {}",
                   encoder, tokenizer.max_length() - 2, encoding.cut_off.size(),
                   tensor::printable(pieces))
            << std::endl;
}

void tell_what_was_cut_off(const sdxl::StableDiffusionXL& model, const GenerateOptions& o) {
  if (model.tokenizer) tell_what_was_cut_off(*model.tokenizer, o.prompt, "text_encoder");
  const std::string& prompt_2 = o.prompt_2.empty() ? o.prompt : o.prompt_2;
  tell_what_was_cut_off(model.tokenizer_2, prompt_2, "text_encoder_2");
}

void generate(GenerateOptions o) {
  check_outputs(o);
  if (o.seed.empty()) o.seed = random_seed();
  std::optional<sdxl::StableDiffusionXL> model(std::in_place, o.model.open());
  std::optional<sdxl::StableDiffusionXL> refiner;
  if (!o.refiner.empty()) refiner.emplace(sdxl::DiffusersFolder(o.refiner, o.model.variant));
  o.apply(*model);
  if (refiner) o.apply(*refiner);
  if (!o.quiet) {
    std::cerr << "seed " << o.seed << std::endl;
    tell_what_was_cut_off(*model, o);
  }

  const Start start = read_start(o, *model);
  const sdxl::PixelSize size = picture_size(o, *model, start.image);
  const sdxl::PixelSize final_size = larger_size(o, *model, size);
  const tensor::io::TextChunks texts = picture_texts(o, *model, final_size);
  const std::unique_ptr<sdxl::NoiseSource> noise = noise_source(o);
  std::optional<nn::Profile> profile;
  if (!o.profile.empty()) profile.emplace();
  StepReport report(o);
  Tensor latents = draw(o, *model, start, size, *noise, report.hooks("step", *model));
  if (o.hires_scale > 1.0) {
    latents =
        draw_larger(o, *model, latents, final_size, *noise, report.hooks("larger step", *model));
  }
  if (refiner) {
    model.reset();  // memory is for one model at a time
    latents = refine(o, *refiner, latents, start.mask, final_size, *noise,
                     report.hooks("refiner step", *refiner));
  }
  report.end();
  const Tensor images =
      sdxl::decode_latents((refiner ? refiner : model)->vae, latents, o.vae_tiling);

  if (profile) {
    write_profile(o.profile, *profile);
    print_profile(*profile);
  }
  if (!o.trace.empty()) tensor::io::write_safetensors(o.trace, report.outputs());
  if (!o.save_latents.empty()) {
    tensor::io::write_safetensors(o.save_latents, {{"latents", latents}});
  }
  write_pictures(o.output, images, texts);
  if (!o.quiet) std::cerr << "wrote " << o.output << std::endl;
}

}  // namespace

void add_generate(CLI::App& app) {
  CLI::App* command = app.add_subcommand("generate", "A text, or a picture, becomes a picture");
  auto options = std::make_shared<GenerateOptions>();
  options->add_to(*command);
  command->footer(
      "One seed's numbers are drawn in turn by the model and the refiner.\n"
      "Example: sdxl generate --model stable-diffusion-xl-base-1.0 \\\n"
      "           --refiner stable-diffusion-xl-refiner-1.0 --high-noise-fraction 0.8 \\\n"
      "           --prompt \"a red fox in the snow\" --steps 40 --seed 7 --output fox.png");
  command->callback([command, options] {
    options->check(*command);
    generate(*options);
  });
}

}  // namespace cli
