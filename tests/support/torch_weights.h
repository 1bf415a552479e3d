#pragma once

#include <string>
#include <vector>

#include "nn/module.h"
#include "tensor/random.h"

namespace support {

/// The initial weights of torch's layers, drawn from its generator: the model that diffusers builds
/// from a seed, without torch.
///
///   Linear, Conv2d   weight and bias uniform in +-1 / sqrt(fan_in)
///   norms            ones and zeros, no draws
///
/// torch draws in the order in which layers are constructed. `order` names the children in that
/// order where it isn't ours.
/// torch: nn/modules/linear.py and conv.py, reset_parameters;  nn/init.py, kaiming_uniform_
class TorchWeights {
 public:
  TorchWeights(const nn::Module& module, tensor::Generator& generator,
               const std::vector<std::string>& order = {""});

 private:
  void set(nn::Parameter& parameter, const tensor::Tensor& values);

  std::vector<tensor::Tensor> values_;  // the memory of the parameters
};

}  // namespace support
