#pragma once

#include "sdxl/pipeline/denoise.h"
#include "sdxl/pipeline/pipeline_arguments.h"

namespace sdxl {

/// What to make of an image: the arguments of diffusers' image-to-image pipeline.
struct ImageToImage : PipelineArguments {
  /// An image (1, 3, H, W) from -1 to 1, or one for each image to draw; or latents (N, 4, h, w),
  /// still scaled, as text_to_image makes them.
  Tensor image;
  double strength = 0.3;                  // the share of the steps that is taken; 1: all of them
  std::optional<double> denoising_start;  // go on where another model stopped, with no new noise
};

/// An image is brought to some noise level and denoised from there, so that it keeps its coarse
/// features: the noisier, the fewer (SDEdit).
///
///   z = encode(image), unless it is latents already
///   x = add_noise(z, noise, timesteps[first]), unless another model stopped there
///   denoise steps first .. n
///
/// With a refiner for the model these are both of the paper's ways to use it: a strength refines
/// finished latents, and `denoising_start` makes it the expert for the last steps of a schedule
/// whose first ones the base took, with denoising_end = denoising_start.
///
/// -> latents, still scaled, (num_images_per_prompt, 4, h, w)
/// Draws: the posterior's sample, for an image (for each, if each has numbers of its own); the
/// noise, where any is added; the scheduler's. Errors: std::invalid_argument for an image of
/// another shape, no step left to take, and a denoising_start that isn't before denoising_end.
/// diffusers: pipeline_stable_diffusion_xl_img2img.py, __call__
/// paper: arXiv 2108.01073 (SDEdit);  arXiv 2307.01952, section 2.5;  arXiv 2211.01324 (experts)
Tensor image_to_image(const StableDiffusionXL& model, Scheduler& scheduler,
                      const ImageToImage& args, NoiseSource& noise, const StepHooks& hooks = {});

/// Which steps these arguments ask for.
StepRange image_to_image_steps(const std::vector<float>& timesteps, const ImageToImage& args,
                               int64_t num_train_timesteps);

/// What image to image and inpainting begin with: the latents of an image, encoded with a draw; or
/// latents, as they are.
Tensor image_latents(const StableDiffusionXL& model, const Tensor& image, NoiseSource& noise);

/// Errors: std::invalid_argument unless the image is an image or latents, of a size and number
/// that fit.
void check_image(const StableDiffusionXL& model, const ImageToImage& args);

}  // namespace sdxl
