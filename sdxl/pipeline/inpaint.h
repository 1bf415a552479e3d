#pragma once

#include <utility>

#include "sdxl/pipeline/image_to_image.h"

namespace sdxl {

/// What to repaint of an image: the arguments of diffusers' inpainting pipeline.
struct Inpaint : ImageToImage {
  Inpaint() {
    strength = 0.9999;  // of 1, too, the image would not be seen at all
    guidance_scale = 7.5;
  }
  Inpaint(const ImageToImage& args, Tensor of_what)
      : ImageToImage(args), mask(std::move(of_what)) {}

  Tensor mask;  // (1, 1, H, W), in pixels: 1 where it is repainted, 0 where it stays
};

/// A part of an image is drawn anew, so that it fits to what stays. Image to image, with a mask,
/// in one of two ways:
///
///   4 channels   any UNet. After step i, what stays is put back, as noisy as the rest:
///                x = (1 - mask) add_noise(z, noise, timesteps[i + 1]) + mask x
///   9 channels   a UNet trained to repaint. It is shown the mask and the latents of what stays:
///                eps = UNet([x, mask, encode(image (1 - mask))])
///
/// with z = encode(image), the same noise in all steps, and the mask's pixel at the top left of
/// every 8 x 8. A strength of 1 starts from noise alone.
///
/// -> latents, still scaled, (num_images_per_prompt, 4, h, w)
/// Draws, as in diffusers: the image's latents, where they are used; the noise; the latents of
/// what stays, for an image even where they aren't used; the scheduler's.
/// Errors: as image_to_image; std::invalid_argument for a mask of another size than the image.
/// diffusers: pipeline_stable_diffusion_xl_inpaint.py, __call__
/// paper: arXiv 2112.10752, section 4.5 (nine channels);  arXiv 2201.09865, algorithm 1 (four)
Tensor inpaint(const StableDiffusionXL& model, Scheduler& scheduler, const Inpaint& args,
               NoiseSource& noise, const StepHooks& hooks = {});

}  // namespace sdxl
