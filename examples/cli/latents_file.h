#pragma once

#include <filesystem>

#include "sdxl/checkpoint/checkpoint.h"
#include "tensor/tensor.h"

namespace cli {

/// Whether the name of a file says that it holds latents: .safetensors, or ComfyUI's .latent.
bool holds_latents(const std::filesystem::path& path);

/// The scaled latents (N, 4, h, w) of a file: the tensor `latents`, as generate --save-latents and
/// encode write it, or ComfyUI's `latent_tensor`. That has the autoencoder's own scale, so
///
///   latents = scale_latents(latent_tensor)    by the scaling factor of the model's autoencoder
///
/// A file without the tensor `latent_format_version_0` is of an early version, whose values are
/// those of Stable Diffusion 1's UNet; they are first divided by its factor, 0.18215.
/// Errors: std::runtime_error for a file with neither tensor, or with NaN.
/// ComfyUI: nodes.py, SaveLatent and LoadLatent
tensor::Tensor read_latents(const std::filesystem::path& path, const sdxl::Checkpoint& checkpoint);

/// Noise of unit variance: `latents` or `latent_tensor`, as it lies.
tensor::Tensor read_noise(const std::filesystem::path& path);

}  // namespace cli
