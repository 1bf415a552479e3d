#pragma once

#include "sdxl/pipeline/stable_diffusion_xl.h"

namespace sdxl {

/// The high-resolution fix: at sizes far beyond its training a model repeats its subject. So it
/// draws at a size it knows, the image is enlarged, and image to image adds what it then lacks.
///
///   latents = text_to_image(size)
///   image = enlarge(latents, scale size)
///   latents = image_to_image(image, strength)
///
/// with one source of noise for all. Why the image is enlarged and not the latents: latents in
/// between two others mean nothing, and a strength that repairs them changes the image, too.

/// Finished latents (N, 4, h, w), still scaled -> larger images (N, 3, H, W) from -1 to 1, by
/// Lanczos, in bytes: what diffusers' pipelines make of the images that they return.
Tensor enlarge(const StableDiffusionXL& model, const Tensor& latents, const PixelSize& size);

/// `scale` times a size, each side to the nearest multiple of `unit`.
/// Errors: std::invalid_argument unless that makes the image larger.
PixelSize enlarged_size(const PixelSize& size, double scale, int64_t unit);

}  // namespace sdxl
