#pragma once

#include <functional>
#include <optional>
#include <string>

#include "sdxl/pipeline/guidance.h"
#include "sdxl/pipeline/micro_conditioning.h"
#include "sdxl/pipeline/prompt_features.h"
#include "sdxl/pipeline/stable_diffusion_xl.h"
#include "sdxl/scheduler/scheduler.h"

namespace sdxl {

/// What to draw and how: the arguments of diffusers' pipeline, with its names and defaults.
struct TextToImage {
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

  PixelSize size;
  MicroConditioning sizes;
  std::optional<MicroConditioning> negative_sizes;  // absent: the same as the positive ones
  Tensor latents;                                   // the first noise, of deviation 1; empty: drawn
};

/// Called around each step i of n, if set.
struct StepHooks {
  std::function<void(int i, int n)> before;
  std::function<void(int i, int n, const Tensor& latents)> after;
};

/// A text becomes latents, still scaled: what diffusers returns for output_type="latent".
///
///   x     = noise * init_noise_sigma
///   for t in timesteps:
///     eps = guided UNet(scale_model_input(x, t), t)
///     x   = step(eps, t, x)
///
/// -> (num_images_per_prompt, 4, height / 8, width / 8)
/// Errors: std::invalid_argument for sizes that aren't multiples of 8 and latents of another shape.
/// diffusers: pipeline_stable_diffusion_xl.py, __call__
/// paper: arXiv 2006.11239, algorithm 2;  arXiv 2307.01952
Tensor text_to_image(const StableDiffusionXL& model, Scheduler& scheduler, const TextToImage& args,
                     NoiseSource& noise, const StepHooks& hooks = {});

/// What the UNet is told in each step: the text, the sizes, and for a UNet distilled to it the
/// guidance scale.
Guidance make_guidance(const StableDiffusionXL& model, const TextToImage& args);

/// How many of the steps to take when stopping early: those whose timestep is not below
/// round(T - denoising_end T) of T training steps. All of them unless 0 < denoising_end < 1.
int steps_until(const std::vector<float>& timesteps, std::optional<double> denoising_end,
                int64_t num_train_timesteps);

}  // namespace sdxl
