#pragma once

#include "sdxl/pipeline/denoise.h"
#include "sdxl/pipeline/pipeline_arguments.h"

namespace sdxl {

/// The arguments of diffusers' image-to-image pipeline.
struct ImageToImage : PipelineArguments {
  /// (1, 3, H, W) from -1 to 1, or one for each of the N images; or latents (N, 4, h, w), still
  /// scaled, as text_to_image returns them.
  Tensor image;
  double strength = 0.3;                  // share of the steps that are taken; 1: all
  std::optional<double> denoising_start;  // start where another model stopped, without new noise
};

/// Image to image (SDEdit): noise is added to an image, and then removed. The more noise, the less
/// remains of the image.
///
///   z = encode(image), unless it is latents already
///   x = add_noise(z, noise, timesteps[first]), unless denoising_start is set
///   denoise steps first .. n
///
/// base_and_refiner.h has the two ways to run a refiner by this pipeline.
///
/// -> latents, still scaled, (num_images_per_prompt, 4, h, w)
/// Draws, in diffusers' order: the posterior's sample, for an image (for each of N with a source
/// for each); the noise, where it is added; the scheduler's.
/// Errors: std::invalid_argument for an image of another shape, no step to take, and a
/// denoising_start that isn't below denoising_end.
/// diffusers: pipeline_stable_diffusion_xl_img2img.py, __call__
/// paper: arXiv 2108.01073 (SDEdit);  arXiv 2307.01952, section 2.5;  arXiv 2211.01324 (experts)
Tensor image_to_image(const StableDiffusionXL& model, Scheduler& scheduler,
                      const ImageToImage& args, NoiseSource& noise, const StepHooks& hooks = {});

/// The steps of a run: from denoising_start or strength to denoising_end.
StepRange image_to_image_steps(const Scheduler& scheduler, const ImageToImage& args,
                               int64_t num_train_timesteps);

// Shared with inpainting:

/// Errors: std::invalid_argument unless the image is an image or latents, of a size and number
/// that fit.
void check_image(const StableDiffusionXL& model, const ImageToImage& args);

/// Conditioning and steps of a run. Sets the scheduler's timesteps.
struct Prepared {
  Guidance guidance;
  StepRange steps;
};
Prepared prepare(const StableDiffusionXL& model, Scheduler& scheduler, const ImageToImage& args);

/// The latents of an image, a sample of its posterior; latents are returned unchanged.
Tensor image_latents(const StableDiffusionXL& model, const Tensor& image, NoiseSource& noise);

}  // namespace sdxl
