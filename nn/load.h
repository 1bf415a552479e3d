#pragma once

#include <string>
#include <vector>

#include "nn/module.h"
#include "nn/weight_source.h"

namespace nn {

/// Loads weights: every parameter of `model` points at its weight in `source`. The model shares the
/// ownership of that memory, so files stay mapped and arrays stay alive as long as the model
/// exists.
///
/// Loading is a bijection: a missing weight, an unused weight and a wrong shape are errors. One
/// message lists all of them, with the nearest name for a misspelt one.
///
///   load: unet/model.safetensors does not fit UNet2DConditionModel (1680 parameters)
///     missing in file (1):
///       add_embedding.linear_1.bias
///     unused in file (1):
///       add_embeding.linear_1.bias (did you mean add_embedding.linear_1.bias?)
///     wrong shape (1):
///       conv_in.weight: model (320, 4, 3, 3), file (320, 9, 3, 3)
///
/// Errors: std::runtime_error with that message; the model is then unchanged.
/// torch: Module.load_state_dict(strict=True)
void load(Module& model, const std::string& class_name, const WeightSource& source);

/// What load_needed found besides the model's weights.
struct Leftovers {
  std::string prefix;              // before all names, such as "_orig_mod."; left out
  std::vector<std::string> names;  // of weights that the model has no place for
};

/// The same for the files of other programs: a missing weight and a wrong shape are errors, an
/// unused weight is none. Where all of the model's names stand behind one common prefix, the prefix
/// is left out.
/// torch: Module.load_state_dict(strict=False), but for the missing weights
Leftovers load_needed(Module& model, const std::string& class_name, const WeightSource& source);

}  // namespace nn
