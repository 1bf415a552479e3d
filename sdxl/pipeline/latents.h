#pragma once

#include "sdxl/vae/autoencoder.h"

namespace sdxl {

/// Latents become images: (N, 4, h, w), scaled -> (N, 3, 8 h, 8 w), from -1 to 1 and a little
/// beyond. One image at a time: a decoder needs the most memory of all. With `tiled` a large one
/// is decoded tile by tile.
///
/// Errors: std::runtime_error naming the first module that made a NaN.
/// diffusers: pipeline_stable_diffusion_xl.py, __call__
Tensor decode_latents(const Autoencoder& vae, const Tensor& latents, bool tiled = false);

/// The way back, (N, 3, 8 h, 8 w) -> (N, 4, h, w), scaled: the likeliest latents of each image,
/// or with a source of noise some of those it may have.
/// diffusers: pipeline_stable_diffusion_xl_img2img.py, prepare_latents
Tensor encode_image(const Autoencoder& vae, const Tensor& image, NoiseSource* noise = nullptr,
                    bool tiled = false);

/// x's rows, over and over, until they are n.
Tensor repeat_rows(const Tensor& x, int64_t n);

}  // namespace sdxl
