#pragma once

#include <map>
#include <string>
#include <vector>

#include "nn/module.h"
#include "tensor/weight.h"

namespace nn {

/// Where the weights of a model come from: names and what the files hold under them. It owns
/// nothing.
struct WeightSource {
  std::string description;  // for messages: the file or folder
  std::map<std::string, tensor::WeightView> weights;
};

/// Points every parameter below `model` at its weight. Loading is a bijection: a missing, unused or
/// mis-shaped weight is an error, and one message lists them all, with the nearest name where a
/// name looks misspelt.
///
///   load: unet/diffusion_pytorch_model.safetensors does not fit UNet2DConditionModel (1680
///   parameters)
///     missing in file (1):  add_embedding.linear_1.bias
///     unused in file  (1):  add_embeding.linear_1.bias (did you mean add_embedding.linear_1.bias?)
///     wrong shape     (1):  conv_in.weight: model (320, 4, 3, 3), file (320, 9, 3, 3)
///
/// Errors: std::runtime_error with that message.
void load(Module& model, const std::string& class_name, const WeightSource& source);

}  // namespace nn
