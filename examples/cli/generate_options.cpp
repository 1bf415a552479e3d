#include "examples/cli/generate_options.h"

#include <iostream>

#include "examples/cli/images.h"
#include "examples/cli/remake.h"
#include "examples/cli/rng_option.h"
#include "sdxl/vae/autoencoder_tiny.h"
#include "tensor/compute.h"
#include "tensor/error.h"

namespace cli {

namespace {

constexpr const char* sample_prompt = "a large yellow star on a blue background";

void add_sizes(CLI::App& command, const std::string& prefix, SizeOptions& sizes) {
  const auto add = [&](const std::string& name, int64_t& value, const std::string& meaning,
                       int64_t least) {
    command.add_option("--" + prefix + name, value, meaning)
        ->type_name("N")
        ->check(at_least(least))
        ->group("Micro-conditioning, in pixels");
  };
  const std::string side = prefix.empty() ? "" : "For the unconditional input: ";
  add("original-height", sizes.original_height, side + "height before scaling", 1);
  add("original-width", sizes.original_width, side + "width before scaling", 1);
  add("crop-top", sizes.crop_top, side + "rows cut off above (0)", 0);
  add("crop-left", sizes.crop_left, side + "columns cut off on the left (0)", 0);
  add("target-height", sizes.target_height, side + "height after the crop", 1);
  add("target-width", sizes.target_width, side + "width after the crop", 1);
  const std::string standard = tensor::format(" ({})", sizes.aesthetic_score);
  command
      .add_option("--" + prefix + "aesthetic-score", sizes.aesthetic_score,
                  side + "aesthetic score from 1 to 10, for a refiner" + standard)
      ->type_name("A")
      ->check(finite_number())
      ->group("Refiner");
}

void add_texts(CLI::App& c, GenerateOptions& o) {
  const auto text = [&](const char* name, std::string& value, const char* meaning) {
    return c.add_option(name, value, meaning)->type_name("TEXT")->check(utf8_text());
  };
  text("--prompt", o.prompt, "What to draw");
  text("--prompt-2", o.prompt_2, "The same for the second text encoder (the prompt)");
  text("--negative-prompt", o.negative_prompt, "What to avoid");
  text("--negative-prompt-2", o.negative_prompt_2,
       "The same for the second text encoder (the negative prompt)");
  o.prompts.add_to(c);
  c.add_option("--clip-skip", o.clip_skip, "Layers of the text encoders to leave out (0)")
      ->type_name("N")
      ->check(at_least(0));
}

void add_sampling(CLI::App& c, GenerateOptions& o) {
  c.add_option("--height", o.height, "Pixels (the model's own)")
      ->type_name("N")
      ->check(multiple_of_8());
  c.add_option("--width", o.width, "Pixels (the model's own)")
      ->type_name("N")
      ->check(multiple_of_8());
  o.add_schedule_to(c);
  c.add_option(
       "--seed", o.seed,
       "Of torch's generator (random, and printed); several, such as 7,8,9, draw as many images, "
       "each as its seed alone draws it")
      ->type_name("N")
      ->check(seed_numbers());
  add_rng(c, o.rng);
  c.add_option("--images", o.images, "Images of one prompt (1)")
      ->type_name("N")
      ->check(at_least(1));
  c.add_option("--guidance-scale", o.guidance_scale,
               "1 or less: no guidance (5.0; with a mask 7.5)")
      ->type_name("G")
      ->check(finite_number());
  c.add_option("--guidance-rescale", o.guidance_rescale, "0 to 1 (0)")
      ->type_name("R")
      ->check(fraction());
  c.add_option("--denoising-end", o.denoising_end, "Stop after this share of the schedule (1)")
      ->type_name("F")
      ->check(fraction());
  c.add_option(
       "--latents", o.latents,
       "First noise, unscaled: tensor latents of a safetensors file, or latent_tensor as it "
       "lies in ComfyUI's .latent")
      ->type_name("FILE");
}

void add_image(CLI::App& c, GenerateOptions& o) {
  const char* group = "Image to image, and inpainting";
  c.add_option("--image", o.image,
               "Start from this PNG, JPEG, WebP or BMP, or from latents of --save-latents "
               "(.safetensors) or of ComfyUI (.latent)")
      ->type_name("FILE")
      ->group(group);
  c.add_option("--mask", o.mask, "Repaint where this image of the same size is white")
      ->type_name("FILE")
      ->group(group);
  c.add_option("--strength", o.strength,
               "The share of the steps that is taken (0.3; with a mask 0.9999)")
      ->type_name("S")
      ->check(fraction())
      ->group(group);
  c.add_option("--denoising-start", o.denoising_start,
               "Continue from latents after this share of the schedule")
      ->type_name("F")
      ->check(fraction())
      ->group(group);
}

void add_hires(CLI::App& c, GenerateOptions& o) {
  const char* group = "High-resolution fix";
  c.add_option("--hires-scale", o.hires_scale,
               "Enlarge the finished image by this factor, then run image to image on it")
      ->type_name("F")
      ->check(scale_above_1())
      ->group(group);
  c.add_option("--hires-strength", o.hires_strength,
               "The share of the steps that is taken on the enlarged image (0.5)")
      ->type_name("S")
      ->check(inner_fraction())
      ->group(group);
  c.add_option("--hires-upscaler", o.hires_upscaler,
               "Enlarge by this ESRGAN or Real-ESRGAN in place of the Lanczos filter")
      ->type_name("FILE")
      ->group(group);
}

void add_refiner(CLI::App& c, GenerateOptions& o) {
  const char* group = "Refiner";
  c.add_option("--refiner", o.refiner,
               "A second model for the last steps: a diffusers folder or a single file")
      ->type_name("PATH")
      ->group(group);
  c.add_option("--high-noise-fraction", o.high_noise_fraction,
               "The share of the schedule for the first model (0.8)")
      ->type_name("F")
      ->check(inner_fraction())
      ->group(group);
  c.add_option("--refine-strength", o.refine_strength,
               "Refine the finished latents instead, by image to image of this strength")
      ->type_name("S")
      ->check(inner_fraction())
      ->group(group);
}

void add_work(CLI::App& c, GenerateOptions& o) {
  c.add_flag("--vae-tiling", o.vae_tiling,
             "Encode and decode large images tile by tile, for less memory");
  add_compute(c);
  c.add_flag("--bfloat16", o.bfloat16,
             "Linear layers multiply in bfloat16: faster, 2 to 3 significant digits");
  c.add_flag("--quiet", o.quiet, "No progress, no messages");
}

void add_files(CLI::App& c, GenerateOptions& o) {
  c.add_option("--preview", o.preview, "A folder for a small image of each step")->type_name("DIR");
  c.add_option("--save-latents", o.save_latents, "Where the finished latents go")
      ->type_name("FILE");
  c.add_option("--output", o.output, "The image (sdxl.png; with several sdxl.0.png ...)")
      ->type_name("FILE");
  o.trace.add_to(c);
  c.add_option("--profile", o.profile,
               "Show each kernel's time, and write a trace for ui.perfetto.dev to this file")
      ->type_name("FILE");
}

void expect(bool holds, const std::string& message) {
  if (!holds) throw CLI::ValidationError(message);
}

void expect_a_step(const char* option, double strength, int steps) {
  expect(static_cast<int>(steps * strength) >= 1,
         tensor::format("{}: {} of {} steps is less than one step; expected at least {}", option,
                        strength, steps, 1.0 / steps));
}

/// Only a finished image can be enlarged, and only one that is drawn here.
void check_hires(const GenerateOptions& o, bool is_given, bool has_strength, bool ends_early) {
  expect(is_given || !has_strength, "--hires-strength needs --hires-scale F");
  expect(is_given || o.hires_upscaler.empty(), "--hires-upscaler needs --hires-scale F");
  if (!is_given) return;
  expect_a_step("--hires-strength", o.hires_strength, o.steps);
  expect(o.mask.empty(), "--hires-scale draws over all of an image; expected no --mask");
  expect(!ends_early, "--hires-scale needs a finished image; expected no --denoising-end");
  expect(!o.is_ensemble(),
         "--hires-scale needs a finished image; with --refiner expected --refine-strength");
}

}  // namespace

sdxl::MicroConditioning SizeOptions::with(const sdxl::PixelSize& image) const {
  const auto or_else = [](int64_t value, int64_t other) { return value > 0 ? value : other; };
  return {.original_size = {or_else(original_height, image.height),
                            or_else(original_width, image.width)},
          .crop_top = crop_top,
          .crop_left = crop_left,
          .target_size = {or_else(target_height, image.height), or_else(target_width, image.width)},
          .aesthetic_score = aesthetic_score};
}

void GenerateOptions::add_to(CLI::App& command) {
  add_drawing_to(command);
  add_files(command, *this);
}

void GenerateOptions::add_drawing_to(CLI::App& command) {
  model.add_to(command, all_parts());
  add_texts(command, *this);
  add_sampling(command, *this);
  add_image(command, *this);
  add_hires(command, *this);
  add_refiner(command, *this);
  add_sizes(command, "", sizes);
  add_sizes(command, "negative-", negative_sizes);
  lora.add_to(command);
  control.add_to(command);
  guidance.add_to(command);
  ip.add_to(command);
  knobs.add_to(command);
  add_work(command, *this);
}

void GenerateOptions::check(const CLI::App& command) {
  expect(!bfloat16 || tensor::backend() == tensor::Backend::fast,
         tensor::format("--bfloat16: expected --backend fast, got {}, which computes in float32",
                        tensor::name_of(tensor::backend())));
  expect(!bfloat16 || tensor::set_bfloat16(true),
         "--bfloat16: expected a processor with AMX or AVX512-BF16; "
         "this has neither, leave the option out");
  check_schedule(command);
  const auto given = [&](const char* name) {
    const CLI::Option* option = command.get_option_no_throw(name);
    return option != nullptr && option->count() > 0;
  };
  model.quiet = quiet;
  has_prompt = given("--prompt");
  has_negative_prompt = given("--negative-prompt");
  has_denoising_start = given("--denoising-start");
  expect(has_prompt || !model.is_given(), "--prompt is required; what should the image show?");
  if (!has_prompt) prompt = sample_prompt;
  prompts.check(command);

  const SizeOptions& n = negative_sizes;
  const int sides = (n.original_height > 0) + (n.original_width > 0) + (n.target_height > 0) +
                    (n.target_width > 0);
  const bool has_crop = given("--negative-crop-top") || given("--negative-crop-left");
  negative_sizes.any_given = sides > 0 || has_crop || given("--negative-aesthetic-score");
  expect(!image.empty() || sides == 4 || (sides == 0 && !has_crop),
         "negative sizes take effect together: expected all of --negative-original-height, "
         "--negative-original-width, --negative-target-height and --negative-target-width");

  if (image.empty()) {
    expect(mask.empty(), "--mask needs --image FILE");
    expect(!given("--strength"), "--strength needs --image FILE");
    expect(!has_denoising_start, "--denoising-start needs --image FILE, with latents");
  } else {
    expect(latents.empty(), "--latents is for an image from nothing; expected no --image");
    expect(!(given("--strength") && has_denoising_start),
           "--strength and --denoising-start exclude each other; expected one of them");
  }
  if (given("--strength")) expect_a_step("--strength", strength, steps);
  control.check();
  guidance.check(command);
  ip.check();
  expect(hires_scale == 1.0 || !control.any(),
         "--hires-scale draws at another size than the control picture; expected no --control");
  check_hires(*this, given("--hires-scale"), given("--hires-strength"), given("--denoising-end"));
  if (refiner.empty()) {
    expect(!given("--high-noise-fraction"), "--high-noise-fraction needs --refiner PATH");
    expect(!given("--refine-strength"), "--refine-strength needs --refiner PATH");
  } else {
    expect(!(given("--high-noise-fraction") && given("--refine-strength")),
           "--high-noise-fraction and --refine-strength exclude each other; expected one of them");
    expect(mask.empty() || given("--refine-strength"),
           "--mask: a refiner repaints finished latents alone; expected --refine-strength");
    expect(!given("--denoising-end") || given("--refine-strength"),
           "--denoising-end: with --refiner it is --high-noise-fraction that ends the first model");
  }
  if (given("--refine-strength")) expect_a_step("--refine-strength", refine_strength, steps);
  const bool repeats = scheduler == "heun" || scheduler == "kdpm2" || scheduler == "pndm";
  const bool has_more_steps = hires_scale > 1.0 || refine_strength > 0.0 || repeats;
  trace.check(command, steps, has_more_steps);
  knobs.check(steps, has_more_steps);
  if (!seed.empty()) read_seeds(given("--images"));
  if (!mask.empty() && !given("--strength")) strength = 0.9999;
  if (!mask.empty() && !given("--guidance-scale")) guidance_scale = 7.5;
  expect_png_name(output);
  arguments = arguments_that_draw(command);
}

void GenerateOptions::read_seeds(bool has_images) {
  const std::vector<uint64_t> seeds = parse_seeds(seed);
  const auto count = static_cast<int64_t>(seeds.size());
  expect(
      count == 1 || !has_images || count == images,
      tensor::format("--seed: expected one, or one for each of {} images, got {}", images, count));
  if (count > 1) images = count;
  seed.clear();  // as unsigned numbers: -1 is 2^64 - 1
  for (const uint64_t one : seeds) seed += (seed.empty() ? "" : ",") + std::to_string(one);
}

bool GenerateOptions::is_ensemble() const { return !refiner.empty() && refine_strength == 0.0; }

sdxl::Refinement GenerateOptions::refinement() const {
  sdxl::Refinement refinement{.high_noise_fraction = high_noise_fraction};
  if (refine_strength > 0.0) refinement.strength = refine_strength;
  return refinement;
}

void GenerateOptions::apply(sdxl::PipelineArguments& args, const sdxl::PixelSize& image) const {
  args.prompt = prompt;
  args.prompt_2 = prompt_2;
  if (has_negative_prompt) args.negative_prompt = negative_prompt;
  args.negative_prompt_2 = negative_prompt_2;
  args.prompt_syntax = prompts.prompt_syntax();
  args.clip_skip = clip_skip;
  args.num_inference_steps = steps;
  args.timesteps = timesteps();
  args.sigmas = sigmas();
  args.denoising_end = denoising_end;
  if (!refiner.empty()) args.denoising_end = end_of_base(args, refinement());
  args.guidance_scale = guidance_scale;
  args.guidance_rescale = guidance_rescale;
  args.changes = guidance.changes;
  args.num_images_per_prompt = images;
  args.sizes = sizes.with(image);
  if (negative_sizes.any_given) args.negative_sizes = negative_sizes.with(image);
}

void GenerateOptions::apply(sdxl::StableDiffusionXL& model) const {
  apply(model.scheduler_config);
  const bool is_tiny = dynamic_cast<const sdxl::AutoencoderTiny*>(model.vae.get()) != nullptr;
  if (vae_tiling && is_tiny) {
    tensor::fail("--vae-tiling: a tiny autoencoder has no tiles, and no need of them");
  }
  model.vae_tiling = vae_tiling;
}

void GenerateOptions::apply(sdxl::SchedulerConfig& config) const {
  ScheduleOptions::apply(config);
  if (quiet) return;
  for (const std::string& note : notes(config)) std::cerr << "sdxl: note: " << note << std::endl;
}

}  // namespace cli
