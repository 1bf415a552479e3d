#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "sdxl/checkpoint/load_policy.h"
#include "sdxl/config_reader.h"
#include "sdxl/vae/autoencoder.h"
#include "sdxl/vae/vae_config.h"

namespace sdxl {

/// The AutoencoderKL or AutoencoderTiny of a config.json and the weights beside it.
/// Errors: std::runtime_error naming what is missing or doesn't fit.
std::unique_ptr<Autoencoder> open_vae_folder(const ConfigReader& config, const std::string& variant,
                                             const LoadPolicy& policy);

/// An autoencoder to use in place of a model's own. `path` is one of:
///
///   a folder with config.json and weights, or a model's folder: its vae/ is read
///   a file with an AutoencoderTiny or an AutoencoderKL, by diffusers' or by Stability's names, or
///   a whole checkpoint: the autoencoder in it is read
///
/// A file is read by the config.json beside it. Without one, a tiny autoencoder has the sizes of
/// TAESD, and a full one has the config `own` of the model's own autoencoder. No file holds the
/// scaling factor of its latents, and the model needs its own factor. Weights are loaded by the
/// policy: see load_part.
/// Errors: std::runtime_error that says what the path holds when it is no autoencoder.
/// diffusers: models/autoencoders/..., from_pretrained; loaders/single_file_model.py
std::unique_ptr<Autoencoder> open_vae(const std::filesystem::path& path, const std::string& variant,
                                      const VaeConfig& own, const LoadPolicy& policy = {});

}  // namespace sdxl
