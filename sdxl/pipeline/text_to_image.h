#pragma once

#include "sdxl/pipeline/denoise.h"
#include "sdxl/pipeline/pipeline_arguments.h"

namespace sdxl {

/// The arguments of diffusers' text-to-image pipeline.
struct TextToImage : PipelineArguments {
  PixelSize size;
  Tensor latents;  // the first noise, standard normal; empty: drawn
};

/// Text to latents, still scaled: diffusers' result for output_type="latent".
///
///   x = noise * init_noise_sigma
///   denoise all steps, or those until denoising_end
///
/// Without negative_sizes the unconditional input has the same sizes.
///
/// -> (num_images_per_prompt, 4, height / 8, width / 8)
/// Errors: std::invalid_argument for sizes that aren't multiples of 8, latents of another shape,
/// and a refiner, which starts from an image or latents.
/// diffusers: pipeline_stable_diffusion_xl.py, __call__   paper: arXiv 2307.01952
Tensor text_to_image(const StableDiffusionXL& model, Scheduler& scheduler, const TextToImage& args,
                     NoiseSource& noise, const StepHooks& hooks = {});

}  // namespace sdxl
