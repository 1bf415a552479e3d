#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sdxl/pipeline/guidance.h"
#include "sdxl/pipeline/micro_conditioning.h"
#include "sdxl/pipeline/prompt_features.h"
#include "sdxl/pipeline/stable_diffusion_xl.h"

namespace sdxl {

/// The arguments that diffusers' pipelines share, with diffusers' names and defaults.
struct PipelineArguments {
  std::string prompt;
  std::string prompt_2;  // for the second encoder; empty: the prompt
  std::optional<std::string> negative_prompt;
  std::string negative_prompt_2;                     // empty: the negative prompt
  PromptSyntax prompt_syntax = PromptSyntax::plain;  // of all four
  std::vector<ImagePrompt> image_prompts;            // for each IP-Adapter; empty: the model's
  int64_t clip_skip = 0;  // last layers of the text encoders to leave out: see encode_prompt

  int num_inference_steps = 50;
  std::vector<double> timesteps;        // in place of a number of steps, unless empty
  std::vector<double> sigmas;           // the same, as noise levels: see Scheduler::use_sigmas
  std::optional<double> denoising_end;  // stop after this share of the schedule
  double guidance_scale = 5.0;          // 1 or less: no guidance
  double guidance_rescale = 0.0;
  RunChanges changes;  // PAG, APG, FreeU and DeepCache
  int64_t num_images_per_prompt = 1;

  MicroConditioning sizes;
  std::optional<MicroConditioning> negative_sizes;
};

/// The UNet's conditioning on the text and, for a UNet distilled to it, on the guidance scale. The
/// pipelines add the sizes (time_ids).
Guidance make_guidance(const StableDiffusionXL& model, const PipelineArguments& args);

/// The number of tokens in its context: the most of the prompt and, where it is encoded, of the
/// negative prompt.
int64_t context_length(const StableDiffusionXL& model, const PipelineArguments& args);

/// Errors: std::invalid_argument for an inpainting UNet, in pipelines without a mask.
void expect_no_mask(const StableDiffusionXL& model);

/// Adds the sizes, in pipelines that start from an image. A refiner is conditioned on the aesthetic
/// score in place of the target size.
///
/// Without negative_sizes the unconditional input has the same sizes. As in diffusers, for a base
/// its crop is always the conditional one's; for a refiner its crop is 0, its aesthetic score 2.5.
/// diffusers: pipeline_stable_diffusion_xl_img2img.py, __call__ and _get_add_time_ids
void set_sizes(Guidance& guidance, const StableDiffusionXL& model, const PipelineArguments& args);

}  // namespace sdxl
