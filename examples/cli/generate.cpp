#include <iostream>
#include <memory>
#include <random>

#include "examples/cli/commands.h"
#include "examples/cli/options.h"
#include "examples/cli/pictures.h"
#include "examples/cli/progress.h"
#include "examples/cli/trace_file.h"
#include "examples/cli/version.h"
#include "sdxl/pipeline/latents.h"
#include "sdxl/pipeline/text_to_image.h"
#include "tensor/error.h"
#include "tensor/io/atomic_file.h"
#include "tensor/io/image.h"

namespace cli {

namespace fs = std::filesystem;
using tensor::Tensor;

namespace {

constexpr const char* sample_prompt = "a large yellow star on a blue background";

/// Sizes in pixels as the command line gives them; 0 is for one that it doesn't.
struct Sizes {
  int64_t original_height = 0, original_width = 0;
  int64_t crop_top = 0, crop_left = 0;
  int64_t target_height = 0, target_width = 0;
};

struct Options {
  ModelOptions model;
  std::string prompt, prompt_2, negative_prompt, negative_prompt_2;
  bool has_prompt = false, has_negative_prompt = false;
  int64_t height = 0, width = 0;
  int steps = 50;
  std::string scheduler;
  std::string seed;
  int64_t images = 1;
  int64_t clip_skip = 0;
  double guidance_scale = 5.0, guidance_rescale = 0.0;
  Sizes sizes, negative_sizes;
  double denoising_end = 1.0;
  std::string latents, save_latents;
  std::string output = "sdxl.png";
  std::string trace;
  int trace_step = 0;
  bool quiet = false;
};

void add_sizes(CLI::App& command, const std::string& prefix, Sizes& sizes) {
  const auto add = [&](const std::string& name, int64_t& value, const std::string& meaning,
                       int64_t least) {
    command.add_option("--" + prefix + name, value, meaning)
        ->type_name("N")
        ->check(at_least(least))
        ->group("Micro-conditioning, in pixels");
  };
  const std::string side = prefix.empty() ? "" : "For the negative half: ";
  add("original-height", sizes.original_height, side + "height before scaling", 1);
  add("original-width", sizes.original_width, side + "width before scaling", 1);
  add("crop-top", sizes.crop_top, side + "rows cut off above (0)", 0);
  add("crop-left", sizes.crop_left, side + "columns cut off on the left (0)", 0);
  add("target-height", sizes.target_height, side + "height to aim at", 1);
  add("target-width", sizes.target_width, side + "width to aim at", 1);
}

void add_options(CLI::App& c, Options& o) {
  o.model.add_to(c);
  const auto text = [&](const char* name, std::string& value, const char* meaning) {
    return c.add_option(name, value, meaning)->type_name("TEXT")->check(utf8_text());
  };
  text("--prompt", o.prompt, "What to draw");
  text("--prompt-2", o.prompt_2, "The same for the second text encoder (the prompt)");
  text("--negative-prompt", o.negative_prompt, "What to keep away from");
  text("--negative-prompt-2", o.negative_prompt_2,
       "The same for the second text encoder (the negative prompt)");
  c.add_option("--clip-skip", o.clip_skip, "Layers of the text encoders to leave out (0)")
      ->type_name("N")
      ->check(at_least(0));

  c.add_option("--height", o.height, "Pixels (the model's own)")
      ->type_name("N")
      ->check(multiple_of_8());
  c.add_option("--width", o.width, "Pixels (the model's own)")
      ->type_name("N")
      ->check(multiple_of_8());
  c.add_option("--steps", o.steps, "Denoising steps (50)")->type_name("N")->check(at_least(1));
  c.add_option("--scheduler", o.scheduler, "The solver (the one in the model's folder)")
      ->type_name("NAME")
      ->check(CLI::IsMember(sdxl::scheduler_names()));
  c.add_option("--seed", o.seed, "Of torch's CPU generator (drawn at random and printed)")
      ->type_name("N")
      ->check(seed_number());
  c.add_option("--images", o.images, "Pictures of one prompt (1)")
      ->type_name("N")
      ->check(at_least(1));
  c.add_option("--guidance-scale", o.guidance_scale, "1 or less: no negative half (5.0)")
      ->type_name("G")
      ->check(finite_number());
  c.add_option("--guidance-rescale", o.guidance_rescale, "0 to 1 (0)")
      ->type_name("R")
      ->check(fraction());
  c.add_option("--denoising-end", o.denoising_end, "Stop when this share of the noise is gone (1)")
      ->type_name("F")
      ->check(fraction());
  add_sizes(c, "", o.sizes);
  add_sizes(c, "negative-", o.negative_sizes);

  c.add_option("--latents", o.latents,
               "First noise, unscaled: tensor latents of a safetensors file")
      ->type_name("FILE");
  c.add_option("--save-latents", o.save_latents, "Where the finished latents go")
      ->type_name("FILE");
  c.add_option("--output", o.output, "The picture (sdxl.png; with several sdxl.0.png ...)")
      ->type_name("FILE");
  c.add_option("--trace", o.trace, "Where every module's output of one step of the UNet goes")
      ->type_name("FILE");
  c.add_option("--trace-step", o.trace_step, "Which step, from 0 (0)")
      ->type_name("K")
      ->check(at_least(0));
  add_threads(c);
  c.add_flag("--quiet", o.quiet, "No progress, no messages");
}

/// What can be wrong with several options together. Errors: CLI::ValidationError.
void check_options(const CLI::App& command, Options& o) {
  o.has_prompt = command.count("--prompt") > 0;
  o.has_negative_prompt = command.count("--negative-prompt") > 0;
  if (!o.has_prompt && o.model.is_given()) {
    throw CLI::ValidationError("--prompt is required; what shall the picture show?");
  }
  if (!o.has_prompt) o.prompt = sample_prompt;

  const Sizes& n = o.negative_sizes;
  const int given = (n.original_height > 0) + (n.original_width > 0) + (n.target_height > 0) +
                    (n.target_width > 0);
  const bool has_crop =
      command.count("--negative-crop-top") > 0 || command.count("--negative-crop-left") > 0;
  if (given != 4 && (given > 0 || has_crop)) {
    throw CLI::ValidationError(
        "negative sizes take effect together: expected all of --negative-original-height, "
        "--negative-original-width, --negative-target-height and --negative-target-width");
  }
  if (o.trace.empty() && command.count("--trace-step") > 0) {
    throw CLI::ValidationError("--trace-step needs --trace FILE");
  }
  if (!o.trace.empty() && o.trace_step >= o.steps) {
    throw CLI::ValidationError(
        tensor::format("--trace-step: expected 0 to {} with {} steps, got {}", o.steps - 1, o.steps,
                       o.trace_step));
  }
  expect_png_name(o.output);
}

/// Refuses what can't be written before the long work begins.
void check_outputs(const Options& o) {
  for (const fs::path& path : picture_paths(o.output, o.images)) {
    tensor::io::check_writable(path);
  }
  for (const std::string& path : {o.save_latents, o.trace}) {
    if (!path.empty()) tensor::io::check_writable(path);
  }
}

sdxl::MicroConditioning sizes_or(const Sizes& s, const sdxl::PixelSize& size) {
  const auto given = [](int64_t value, int64_t fallback) { return value > 0 ? value : fallback; };
  return {
      .original_size = {given(s.original_height, size.height), given(s.original_width, size.width)},
      .crop_top = s.crop_top,
      .crop_left = s.crop_left,
      .target_size = {given(s.target_height, size.height), given(s.target_width, size.width)}};
}

sdxl::TextToImage arguments(const Options& o, const sdxl::StableDiffusionXL& model) {
  sdxl::TextToImage args;
  args.prompt = o.prompt;
  args.prompt_2 = o.prompt_2;
  if (o.has_negative_prompt) args.negative_prompt = o.negative_prompt;
  args.negative_prompt_2 = o.negative_prompt_2;
  args.clip_skip = o.clip_skip;
  args.num_inference_steps = o.steps;
  args.denoising_end = o.denoising_end;
  args.guidance_scale = o.guidance_scale;
  args.guidance_rescale = o.guidance_rescale;
  args.num_images_per_prompt = o.images;
  args.size = model.default_size();
  if (o.height > 0) args.size.height = o.height;
  if (o.width > 0) args.size.width = o.width;
  args.sizes = sizes_or(o.sizes, args.size);
  if (o.negative_sizes.original_height > 0) {
    args.negative_sizes = sizes_or(o.negative_sizes, args.size);
  }
  if (!o.latents.empty()) args.latents = read_tensor(o.latents, "latents");
  return args;
}

std::string scheduler_name(const Options& o, const sdxl::StableDiffusionXL& model) {
  return o.scheduler.empty() ? model.scheduler_config.class_name : o.scheduler;
}

/// How the picture was made: the options that make it again.
tensor::io::TextChunks description(const Options& o, const sdxl::StableDiffusionXL& model,
                                   const sdxl::TextToImage& args, uint64_t seed) {
  const auto size = [](int64_t height, int64_t width) {
    return tensor::format("{} x {}", height, width);  // height first, as everywhere here
  };
  const auto add_sizes_of = [&](tensor::io::TextChunks& texts, const std::string& front,
                                const sdxl::MicroConditioning& sizes) {
    texts.emplace_back(front + "original_size",
                       size(sizes.original_size.height, sizes.original_size.width));
    texts.emplace_back(front + "crops_coords_top_left",
                       tensor::format("{}, {}", sizes.crop_top, sizes.crop_left));
    texts.emplace_back(front + "target_size",
                       size(sizes.target_size.height, sizes.target_size.width));
  };
  tensor::io::TextChunks texts = {{"Software", std::string("Glassbox SDXL ") + version},
                                  {"model", model.folder.name()},
                                  {"prompt", args.prompt}};
  if (!args.prompt_2.empty()) texts.emplace_back("prompt_2", args.prompt_2);
  if (args.negative_prompt) texts.emplace_back("negative_prompt", *args.negative_prompt);
  if (!args.negative_prompt_2.empty()) {
    texts.emplace_back("negative_prompt_2", args.negative_prompt_2);
  }
  if (args.clip_skip > 0) texts.emplace_back("clip_skip", std::to_string(args.clip_skip));
  texts.emplace_back("seed", std::to_string(seed));
  if (!o.latents.empty()) texts.emplace_back("latents", fs::path(o.latents).filename().string());
  texts.emplace_back("size", size(args.size.height, args.size.width));
  texts.emplace_back("scheduler", scheduler_name(o, model));
  texts.emplace_back("num_inference_steps", std::to_string(args.num_inference_steps));
  texts.emplace_back("guidance_scale", tensor::format("{}", args.guidance_scale));
  texts.emplace_back("guidance_rescale", tensor::format("{}", args.guidance_rescale));
  texts.emplace_back("denoising_end", tensor::format("{}", o.denoising_end));
  add_sizes_of(texts, "", args.sizes);
  if (args.negative_sizes) add_sizes_of(texts, "negative_", *args.negative_sizes);
  return texts;
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

/// Keeps the outputs of one step's UNet calls while that step runs.
class StepTrace {
 public:
  explicit StepTrace(int step) : step_(step) {}
  void begin(int i) {
    if (i == step_) recorder_ = std::make_unique<nn::Recorder>();
  }
  void end(int i) {
    if (i == step_) outputs_ = named_outputs(*recorder_, Component::unet);
    recorder_.reset();
  }
  const tensor::io::NamedTensors& outputs() const { return outputs_; }

 private:
  int step_;
  std::unique_ptr<nn::Recorder> recorder_;
  tensor::io::NamedTensors outputs_;
};

uint64_t random_seed() { return std::random_device{}(); }

void generate(const Options& o) {
  check_outputs(o);
  const sdxl::StableDiffusionXL model(o.model.open());
  const auto scheduler = sdxl::make_scheduler(model.scheduler_config, o.scheduler);
  const sdxl::TextToImage args = arguments(o, model);
  const uint64_t seed = o.seed.empty() ? random_seed() : parse_seed(o.seed);
  if (!o.quiet) {
    std::cerr << "seed " << seed << std::endl;
    if (model.tokenizer) tell_what_was_cut_off(*model.tokenizer, o.prompt, "text_encoder");
    const std::string& prompt_2 = o.prompt_2.empty() ? o.prompt : o.prompt_2;
    tell_what_was_cut_off(model.tokenizer_2, prompt_2, "text_encoder_2");
  }

  sdxl::SeededNoise noise(seed);
  StepTrace trace(o.trace.empty() ? -1 : o.trace_step);
  Tensor latents;
  {
    Progress progress("step", o.quiet);
    const sdxl::StepHooks hooks = {.before =
                                       [&](int i, int n) {
                                         progress.show(i, n);
                                         trace.begin(i);
                                       },
                                   .after =
                                       [&](int i, int n, const Tensor&) {
                                         trace.end(i);
                                         progress.show(i + 1, n);
                                       }};
    latents = sdxl::text_to_image(model, *scheduler, args, noise, hooks);
  }
  if (!o.trace.empty() && trace.outputs().empty()) {
    tensor::fail("--trace-step {}: there is no such step; they are counted from 0", o.trace_step);
  }
  const Tensor images = sdxl::decode_latents(model.vae, latents);

  if (!o.trace.empty()) tensor::io::write_safetensors(o.trace, trace.outputs());
  if (!o.save_latents.empty()) {
    tensor::io::write_safetensors(o.save_latents, {{"latents", latents}});
  }
  write_pictures(o.output, images, description(o, model, args, seed));
  if (!o.quiet) std::cerr << "wrote " << o.output << std::endl;
}

}  // namespace

void add_generate(CLI::App& app) {
  CLI::App* command = app.add_subcommand("generate", "A text becomes a picture");
  auto options = std::make_shared<Options>();
  add_options(*command, *options);
  command->footer(
      "Example: sdxl generate --model stable-diffusion-xl-base-1.0 \\\n"
      "           --prompt \"a red fox in the snow\" --steps 30 --seed 7 --output fox.png");
  command->callback([command, options] {
    check_options(*command, *options);
    generate(*options);
  });
}

}  // namespace cli
