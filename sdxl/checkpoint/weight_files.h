#pragma once

#include <filesystem>
#include <string>

#include "sdxl/checkpoint/load_policy.h"
#include "tensor/io/safetensors.h"

namespace sdxl {

/// The file in a model's folder that holds its weights or lists those that do, named as diffusers
/// and transformers name them (`stem` is "diffusion_pytorch_model" or "model"):
///
///   stem.safetensors        stem.safetensors.index.json
///   stem.fp16.safetensors   stem.safetensors.index.fp16.json
///
/// The plain names come first. If there are none, a single variant is taken; with several, the
/// caller must choose one by `variant`, such as "fp16". Where a given `variant` is absent, the
/// plain names are taken, as many folders have it for some of their parts only.
/// Errors: std::runtime_error naming the folder, the expected names and the variants that exist.
/// diffusers: utils/hub_utils.py, _get_model_file;  models/model_loading_utils.py.
std::filesystem::path find_weights(const std::filesystem::path& folder, const std::string& stem,
                                   const std::string& variant);

/// Whether a model's folder, or one of its parts' folders, holds weights of this variant.
bool has_variant(const std::filesystem::path& folder, const std::string& variant);

/// A note where `variant` is given and find_weights has taken a plain file.
void say_if_plain(const std::filesystem::path& weights, const std::string& variant,
                  const LoadPolicy& policy);

/// Puts "text_model." before a text encoder's names that lack it, as transformers writes them since
/// version 5.6. The projection never has it.
void add_text_model_prefix(nn::WeightSource& source);

/// Maps a safetensors file, or every file that an index names; also the tensors there that the
/// index leaves out. Tensors `position_ids` and `logit_scale`, which no model here uses, are left
/// out.
/// Errors: std::runtime_error for a damaged file or index, a file name that leads out of the
/// folder, and a tensor that is not in the file that the index names.
nn::WeightSource open_weights(const std::filesystem::path& file_or_index);

/// Adds one tensor of a file. One whose dtype is no weight's becomes an error only where it is
/// needed.
void add_weight(const tensor::io::SafetensorsFile& file, const std::string& name,
                nn::WeightSource& source);

}  // namespace sdxl
