#pragma once

#include <optional>
#include <string>

#include "sdxl/pipeline/guidance.h"
#include "sdxl/pipeline/micro_conditioning.h"
#include "sdxl/pipeline/stable_diffusion_xl.h"

namespace sdxl {

/// What every pipeline is asked: the arguments that diffusers' pipelines share, with its names and
/// defaults.
struct PipelineArguments {
  std::string prompt;
  std::string prompt_2;  // for the second encoder; empty: the prompt
  std::optional<std::string> negative_prompt;
  std::string negative_prompt_2;  // empty: the negative prompt
  int64_t clip_skip = 0;

  int num_inference_steps = 50;
  std::optional<double> denoising_end;  // stop after this share of the noise is gone
  double guidance_scale = 5.0;          // 1 or less: no negative half
  double guidance_rescale = 0.0;
  int64_t num_images_per_prompt = 1;

  MicroConditioning sizes;
  std::optional<MicroConditioning> negative_sizes;
};

/// What the UNet is told in each step, but for the sizes, which pipelines set: the text, and for a
/// UNet distilled to it the guidance scale.
Guidance make_guidance(const StableDiffusionXL& model, const PipelineArguments& args);

/// Errors: std::invalid_argument for a UNet that is shown a mask, in pipelines that have none.
void expect_no_mask(const StableDiffusionXL& model);

/// Sets the sizes of pipelines that start from an image. A refiner is told the aesthetic score in
/// place of the target size.
///
/// Without sizes of its own the negative half is told the positive ones, and as in diffusers a base
/// always tells it the positive crop; a refiner tells it no crop, and an aesthetic score of 2.5.
/// diffusers: pipeline_stable_diffusion_xl_img2img.py, __call__ and _get_add_time_ids
void set_sizes(Guidance& guidance, const StableDiffusionXL& model, const PipelineArguments& args);

}  // namespace sdxl
