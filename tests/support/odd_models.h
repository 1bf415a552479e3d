#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nn/module.h"
#include "sdxl/checkpoint/load_policy.h"
#include "sdxl/pipeline/stable_diffusion_xl.h"
#include "tensor/io/safetensors.h"
#include "tests/support/scratch_folder.h"

/// Models as other programs write them, made from the goldens' tiny models.
namespace support {

std::filesystem::path tiny_model(const std::string& name);

/// A copy of a tiny model to change.
class ModelCopy : public ScratchFolder {
 public:
  explicit ModelCopy(const std::string& name);
  std::filesystem::path folder() const { return path() / "model"; }
  /// Changes a JSON file of the model.
  void edit(const std::string& file, const std::function<void(nlohmann::json&)>& change) const;
  /// Changes the tensors of a file of weights.
  void edit_weights(const std::string& file,
                    const std::function<void(tensor::io::NamedTensors&)>& change) const;
};

/// A policy that isn't strict and keeps its notes.
struct Notes {
  std::vector<std::string> texts;
  sdxl::LoadPolicy policy() {
    return {.strict = false, .note = [this](const std::string& text) { texts.push_back(text); }};
  }
  /// Whether one of the notes has this text in it.
  bool have(const std::string& text) const;
};

/// All parts in Stability's layout, and what published files hold besides; text encoders under
/// these prefixes.
tensor::io::NamedTensors as_single_file(const sdxl::StableDiffusionXL& model,
                                        const std::string& clip_l, const std::string& open_clip);

/// The tensors whose names begin with `prefix`, without it.
tensor::io::NamedTensors below(const tensor::io::NamedTensors& tensors, const std::string& prefix);

/// The tensors of a file.
tensor::io::NamedTensors tensors_of(const std::filesystem::path& file);

/// "" if both have the same parameters with the same bits, else the first that differs.
std::string difference(const nn::Module& a, const nn::Module& b);

}  // namespace support
