#pragma once

#include <string>

#include "nn/module.h"
#include "nn/weight_source.h"

namespace nn {

/// Points every parameter below `model` at its weight, and lets `model` share the memory of the
/// weights: files stay mapped and arrays stay alive as long as the model does.
///
/// Loading is a bijection: a missing, unused or mis-shaped weight is an error. One message lists
/// them all, with the nearest name where a name looks misspelt.
///
///   load: unet/diffusion_pytorch_model.safetensors does not fit UNet2DConditionModel (1680
///   parameters)
///     missing in file (1):  add_embedding.linear_1.bias
///     unused in file  (1):  add_embeding.linear_1.bias (did you mean add_embedding.linear_1.bias?)
///     wrong shape     (1):  conv_in.weight: model (320, 4, 3, 3), file (320, 9, 3, 3)
///
/// Errors: std::runtime_error with that message; the model is then as it was before.
void load(Module& model, const std::string& class_name, const WeightSource& source);

}  // namespace nn
