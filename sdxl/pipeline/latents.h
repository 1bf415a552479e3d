#pragma once

#include "sdxl/vae/autoencoder.h"

namespace sdxl {

/// Decodes latents: (N, 4, h, w), scaled -> (N, 3, 8 h, 8 w), from -1 to 1 and a little beyond.
/// One image at a time, as the decoder needs more memory than the other components. `tiled` decodes
/// a large image in tiles.
///
/// Errors: std::runtime_error naming the first module whose output has a NaN.
/// diffusers: pipeline_stable_diffusion_xl.py, __call__
Tensor decode_latents(const Autoencoder& vae, const Tensor& latents, bool tiled = false);

/// Encodes images: (N, 3, 8 h, 8 w) -> (N, 4, h, w), scaled: the mode of the posterior of each
/// image, or with `noise` a sample of it.
///
/// Errors: std::runtime_error naming the first module whose output has a NaN.
/// diffusers: pipeline_stable_diffusion_xl_img2img.py, prepare_latents
Tensor encode_image(const Autoencoder& vae, const Tensor& image, NoiseSource* noise = nullptr,
                    bool tiled = false);

}  // namespace sdxl
