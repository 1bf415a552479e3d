#pragma once

#include "sdxl/vae/vae_config.h"
#include "tensor/tensor.h"

namespace sdxl {

using tensor::Tensor;

/// From the autoencoder's latents to the latents of the UNet, of about unit variance, and back.
///
///   scaled = (z - mean) scaling_factor / std        z = scaled std / scaling_factor + mean
///
/// mean and std only where the config has them. Both (N, C, h, w) -> the same.
/// diffusers: pipeline_stable_diffusion_xl_img2img.py, prepare_latents and __call__
Tensor scale_latents(const VaeConfig& config, const Tensor& z);
Tensor unscale_latents(const VaeConfig& config, const Tensor& scaled);

}  // namespace sdxl
