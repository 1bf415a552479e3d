#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "examples/cli/control_options.h"
#include "examples/cli/guidance_options.h"
#include "examples/cli/ip_adapter_options.h"
#include "examples/cli/knob_options.h"
#include "examples/cli/lora_options.h"
#include "examples/cli/options.h"
#include "examples/cli/prompt_options.h"
#include "examples/cli/schedule_options.h"
#include "examples/cli/trace_options.h"
#include "sdxl/pipeline/base_and_refiner.h"

namespace cli {

/// Sizes in pixels from the command line; 0 for one that isn't given.
struct SizeOptions {
  int64_t original_height = 0, original_width = 0;
  int64_t crop_top = 0, crop_left = 0;
  int64_t target_height = 0, target_width = 0;
  double aesthetic_score = 6.0;
  bool any_given = false;

  /// Sizes that aren't given become those of the image.
  sdxl::MicroConditioning with(const sdxl::PixelSize& image) const;
};

/// The options of `sdxl generate`.
struct GenerateOptions : ScheduleOptions {
  ModelOptions model;
  std::string prompt, prompt_2, negative_prompt, negative_prompt_2;
  bool has_prompt = false, has_negative_prompt = false;
  PromptOptions prompts;  // how they are read
  int64_t clip_skip = 0;

  int64_t height = 0, width = 0;
  std::string seed;  // or several with commas between: one for each image
  std::string rng = "cpu";
  int64_t images = 1;
  double guidance_scale = 5.0, guidance_rescale = 0.0;
  SizeOptions sizes, negative_sizes{.aesthetic_score = 2.5};
  double denoising_end = 1.0;
  std::string latents;

  std::string image;
  std::string mask;
  double strength = 0.3;  // with a mask 0.9999, and then a guidance scale of 7.5
  double denoising_start = 0.0;
  bool has_denoising_start = false;

  double hires_scale = 1.0;  // 1: the image is not drawn again, larger
  double hires_strength = 0.5;
  std::string hires_upscaler;  // "": Lanczos

  std::string refiner;
  double high_noise_fraction = 0.8;
  double refine_strength = 0.0;  // 0: the refiner is the expert for the last steps

  bool vae_tiling = false;
  bool bfloat16 = false;
  std::string save_latents;
  std::string preview;
  std::string output = "sdxl.png";
  TraceOptions trace;
  KnobOptions knobs;
  ControlOptions control;
  GuidanceOptions guidance;  // of all models
  IpAdapterOptions ip;       // of the first model
  LoraOptions lora;          // of the first model, not of the refiner
  std::string profile;
  bool quiet = false;
  std::vector<std::string> arguments;  // of the command line: they make the image again

  void add_to(CLI::App& command);
  /// Only the options that choose the image, and --vae-tiling, --threads and --quiet.
  void add_drawing_to(CLI::App& command);
  /// Checks combinations of options. Errors: CLI::ValidationError.
  void check(const CLI::App& command);

  /// Whether two models share one schedule.
  bool is_ensemble() const;
  /// The refiner's part of the run.
  sdxl::Refinement refinement() const;

  /// Sets the arguments that all pipelines share, for an image of this size.
  void apply(sdxl::PipelineArguments& args, const sdxl::PixelSize& image) const;
  /// Sets the scheduler's options and the tiling of a model.
  /// Errors: std::runtime_error for options that its scheduler doesn't have.
  void apply(sdxl::StableDiffusionXL& model) const;
  void apply(sdxl::SchedulerConfig& config) const;

 private:
  /// With several seeds, one image for each.
  void read_seeds(bool has_images);
};

}  // namespace cli
