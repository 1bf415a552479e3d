#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tensor/io/safetensors.h"

namespace sdxl {

/// The alphas that peft's config of an adapter states, for one component.
struct AdapterAlphas {
  std::string source;                                    // for messages
  std::optional<double> alpha;                           // lora_alpha, or alpha of a LoHa or LoKr
  std::vector<std::pair<std::string, double>> patterns;  // alpha_pattern: ends of layers' paths
  bool divides_by_root = false;  // use_rslora: the factor is alpha / sqrt(r), arXiv 2312.03732

  /// The alpha of the layer of a path, by the first pattern that its path ends with.
  std::optional<double> of_layer(const std::string& path) const;
};

/// By component, of the file's metadata "lora_adapter_metadata", as diffusers writes it, and of an
/// adapter_config.json beside a file adapter_model.safetensors, as peft does.
/// Errors: std::runtime_error naming the file and the field, for another text than these write.
std::map<std::string, AdapterAlphas> read_adapter_alphas(const tensor::io::SafetensorsFile& file);

}  // namespace sdxl
