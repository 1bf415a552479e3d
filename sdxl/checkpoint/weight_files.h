#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "nn/load.h"
#include "tensor/io/safetensors.h"

namespace sdxl {

/// The weights of one model and the mapped files in which they lie.
struct WeightFiles {
  std::vector<tensor::io::SafetensorsFile> files;
  nn::WeightSource source;
};

/// The file in a model's folder that holds its weights or lists those that do, named as diffusers
/// and transformers name them (`stem` is "diffusion_pytorch_model" or "model"):
///
///   stem.safetensors        stem.safetensors.index.json
///   stem.fp16.safetensors   stem.safetensors.index.fp16.json
///
/// The plain names come first. Without them any variant will do, if there is but one; `variant`,
/// such as "fp16", asks for that one alone.
/// Errors: std::runtime_error naming the folder, what was looked for and what lies there instead.
/// diffusers: utils/hub_utils.py, _get_model_file;  models/model_loading_utils.py.
std::filesystem::path find_weights(const std::filesystem::path& folder, const std::string& stem,
                                   const std::string& variant);

/// Maps a safetensors file, or every file that an index names. Tensors `position_ids`, which older
/// text encoders store and nothing needs, are left out.
/// Errors: std::runtime_error for a damaged file or index, a file name that leads out of the
/// folder, and a tensor that is not where the index says.
WeightFiles open_weights(const std::filesystem::path& file_or_index);

}  // namespace sdxl
