#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "sdxl/vae/autoencoder.h"
#include "sdxl/vae/vae_config.h"
#include "tensor/io/safetensors.h"

namespace sdxl {

/// An autoencoder by itself, and the mapped files in which its weights lie.
struct VaeFiles {
  std::vector<tensor::io::SafetensorsFile> files = {};
  std::unique_ptr<Autoencoder> vae = {};
};

/// The folder of an AutoencoderKL or an AutoencoderTiny: config.json and weights.
/// Errors: std::runtime_error naming what is missing or doesn't fit.
VaeFiles open_vae_folder(const std::filesystem::path& folder, const std::string& variant);

/// An autoencoder that takes the place of a model's own:
///
///   a folder with config.json and weights, or a model's folder, for its vae/
///   a file with an AutoencoderTiny or an AutoencoderKL, by diffusers' or by Stability's names; a
///   whole checkpoint will do, for the autoencoder in it
///
/// A file is read by the config.json beside it. Without one, a tiny autoencoder has the sizes of
/// TAESD, and a full one is `own`, the model's own config, with other weights: no file tells what
/// latents are scaled by, and another scale would be another model's.
/// Errors: std::runtime_error that says what the path holds when it is no autoencoder.
/// diffusers: models/autoencoders/..., from_pretrained; loaders/single_file_model.py
VaeFiles open_vae(const std::filesystem::path& path, const std::string& variant,
                  const VaeConfig& own);

}  // namespace sdxl
