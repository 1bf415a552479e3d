#pragma once

#include <functional>
#include <string>

#include "nn/load.h"

namespace sdxl {

/// What happens to the oddities of a model's files.
struct LoadPolicy {
  /// Whether a tensor that the model has no place for is an error, else a note.
  bool strict = true;
  /// Receives one line for whatever is read in a way that may surprise. None: notes are dropped.
  std::function<void(const std::string&)> note = {};

  void say(const std::string& text) const {
    if (note) note(text);
  }
};

/// Loads a component's weights: by nn::load if the policy is strict, else by nn::load_needed with a
/// note that counts the tensors without a place and names the first ones.
///
/// Errors: see nn::load; std::runtime_error for float8 weights with scales of their own
/// (`scale_weight`, `weight_scale`, `scaled_fp8`), which diffusers does not apply either.
void load_part(nn::Module& model, const std::string& class_name, const nn::WeightSource& source,
               const LoadPolicy& policy);

}  // namespace sdxl
