#pragma once

#include <filesystem>
#include <string>

#include "nn/weight_source.h"

namespace sdxl {

/// The file in a model's folder that holds its weights or lists those that do, named as diffusers
/// and transformers name them (`stem` is "diffusion_pytorch_model" or "model"):
///
///   stem.safetensors        stem.safetensors.index.json
///   stem.fp16.safetensors   stem.safetensors.index.fp16.json
///
/// The plain names come first. If there are none, a single variant is taken; with several, the
/// caller must choose one by `variant`, such as "fp16". A given `variant` is the only one tried.
/// Errors: std::runtime_error naming the folder, the expected names and the variants that exist.
/// diffusers: utils/hub_utils.py, _get_model_file;  models/model_loading_utils.py.
std::filesystem::path find_weights(const std::filesystem::path& folder, const std::string& stem,
                                   const std::string& variant);

/// Maps a safetensors file, or every file that an index names. Tensors `position_ids`, which older
/// text encoders store and no model uses, are left out.
/// Errors: std::runtime_error for a damaged file or index, a file name that leads out of the
/// folder, and a tensor that is not in the file that the index names.
nn::WeightSource open_weights(const std::filesystem::path& file_or_index);

}  // namespace sdxl
