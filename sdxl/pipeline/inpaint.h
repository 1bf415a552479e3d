#pragma once

#include <utility>

#include "sdxl/pipeline/image_to_image.h"

namespace sdxl {

/// The arguments of diffusers' inpainting pipeline.
struct Inpaint : ImageToImage {
  Inpaint() {
    strength = 0.9999;  // with 1 the first sample would be noise alone
    guidance_scale = 7.5;
  }
  Inpaint(const ImageToImage& args, Tensor mask) : ImageToImage(args), mask(std::move(mask)) {}

  Tensor mask;  // (1, 1, H, W), in pixels: 1 where the image is repainted, 0 in the known region
};

/// Inpainting: image to image where the mask is 1; elsewhere, in the known region, the image stays.
///
///   4 channels   any UNet, by latent blending. After step i the known region is replaced by the
///                image at the next noise level:
///                x = (1 - mask) add_noise(z, noise, timesteps[i + 1]) + mask x
///   9 channels   an inpainting UNet, by concatenated conditioning:
///                eps = UNet([x, mask, encode(image (1 - mask))])
///
/// with z = encode(image), the same noise in all steps, and of the mask the top left pixel of every
/// 8 x 8. A strength of 1 starts from noise alone.
///
/// -> latents, still scaled, (num_images_per_prompt, 4, h, w)
/// Draws, in diffusers' order: the image's latents, where they are used; the noise; the latents of
/// the masked image, for an image even where they are not used; the scheduler's.
/// Errors: as image_to_image; std::invalid_argument for a mask of another size than the image.
/// diffusers: pipeline_stable_diffusion_xl_inpaint.py, __call__
/// paper: arXiv 2112.10752, section 4.5 (9 channels);  arXiv 2201.09865 (RePaint), algorithm 1
Tensor inpaint(const StableDiffusionXL& model, Scheduler& scheduler, const Inpaint& args,
               NoiseSource& noise, const StepHooks& hooks = {});

}  // namespace sdxl
