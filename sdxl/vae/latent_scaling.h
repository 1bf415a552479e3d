#pragma once

#include "sdxl/vae/vae_config.h"
#include "tensor/tensor.h"

namespace sdxl {

using tensor::Tensor;

/// Latents of unit variance, which diffusion works with, and the autoencoder's own.
///
///   scaled = (z - mean) scaling_factor / std        z = scaled std / scaling_factor + mean
///
/// without mean and std unless the config has them. Both (N, C, h, w) -> the same.
/// diffusers: pipeline_stable_diffusion_xl_img2img.py, prepare_latents and __call__
Tensor scale_latents(const VaeConfig& config, const Tensor& z);
Tensor unscale_latents(const VaeConfig& config, const Tensor& scaled);

}  // namespace sdxl
