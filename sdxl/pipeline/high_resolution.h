#pragma once

#include "sdxl/pipeline/stable_diffusion_xl.h"

namespace sdxl {

/// The high-resolution fix. Far above the size of its training a model repeats its subject. So the
/// image is drawn at that size, enlarged, and image to image adds the missing detail.
///
///   latents = text_to_image(size)
///   image   = enlarge(latents, scale size)
///   latents = image_to_image(image, strength)
///
/// with one source of noise for all. Why the image is enlarged and not the latents: interpolated
/// latents are not the latents of an image, and the strength that repairs them changes the image.

/// Decodes finished latents and enlarges the images, on bytes: by the model's upscaler and then to
/// the size (see upscale_to), or without one by Lanczos, as diffusers' image processor does.
/// latents (N, 4, h, w), still scaled -> (N, 3, H, W) from -1 to 1
Tensor enlarge(const StableDiffusionXL& model, const Tensor& latents, const PixelSize& size);

/// `scale` times a size, each side to the nearest multiple of `unit`.
/// Errors: std::invalid_argument unless the image becomes larger.
PixelSize enlarged_size(const PixelSize& size, double scale, int64_t unit);

}  // namespace sdxl
