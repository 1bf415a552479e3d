#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sdxl/adapters/adapter_alphas.h"
#include "sdxl/adapters/layer_adapter.h"
#include "tensor/io/safetensors.h"

namespace sdxl {

/// A layer and what an adapter's file holds for it.
struct AdaptedLayer {
  nn::AdaptableLayer* layer;
  LayerAdapter adapter;
};

/// The file of an adapter, in the naming of kohya, diffusers or peft: see adapter_layers.
///
/// The factor of a layer is scale alpha / r, with the first of these alphas:
///
///   LAYER.alpha in the file
///   that of peft's config: see AdapterAlphas
///   r
///
/// diffusers: loaders/lora_base.py; utils/peft_utils.py, get_peft_kwargs
class AdapterFile {
 public:
  /// `path` is a safetensors file, or a folder with pytorch_lora_weights.safetensors (diffusers) or
  /// adapter_model.safetensors (peft).
  /// Errors: std::runtime_error that says what the file holds when it is no adapter.
  explicit AdapterFile(const std::filesystem::path& path);

  std::string path() const { return file_.path().string(); }
  const tensor::io::SafetensorsFile& file() const { return file_; }

  /// What it holds for a component's layers, in the order of the file. These tensors count as used.
  /// Errors: std::runtime_error for an adapter of another model (Stable Diffusion 1, FLUX), for
  /// tensors that do not fit, two tensors of one part, and two alphas of one layer.
  std::vector<AdaptedLayer> layers_of(const nn::Module& model, const std::string& component,
                                      double scale);

  /// Checks that every tensor was used, but for those of components that do not run here.
  /// Errors: std::runtime_error with the names that are left over, and the nearest ones.
  void expect_all_used(const std::set<std::string>& absent = {}) const;

 private:
  std::vector<AdaptedLayer> collect(const nn::Module& model, const std::string& component,
                                    std::vector<std::optional<double>>& alphas);
  double read_alpha(const std::string& name) const;

  tensor::io::SafetensorsFile file_;
  std::map<std::string, AdapterAlphas> configs_;  // by component
  std::set<std::string> used_;                    // names
  std::vector<std::string> spellings_;            // of the layers of all components so far
};

}  // namespace sdxl
