#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tensor/weight.h"

namespace tensor::io {

using NamedWeights = std::vector<std::pair<std::string, WeightView>>;

/// Writes weights as they are stored, each in its own dtype: see write_safetensors.
void write_weights(const std::filesystem::path& path, const NamedWeights& weights,
                   const std::map<std::string, std::string>& metadata = {});

}  // namespace tensor::io
