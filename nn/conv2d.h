#pragma once

#include <optional>

#include "nn/module.h"
#include "nn/parameter.h"
#include "tensor/ops.h"

namespace nn {

/// A convolution with a square kernel, zero padding and a bias (see Options).
///
/// x (N, in, H, W) -> (N, out, (H + top + bottom - kernel) / stride + 1, likewise);
/// With `upsample` above 1, x is first enlarged by that factor (nearest neighbour); the enlarged x
/// is not stored.
/// weight (out, in, kernel, kernel), bias (out)
/// torch: nn.Conv2d
class Conv2d : public Module {
 public:
  struct Options {
    int kernel = 1;
    int stride = 1;
    tensor::Padding padding = {};
    bool bias = true;
  };

  Conv2d(const Slot& slot, int64_t in_channels, int64_t out_channels, const Options& options);
  Tensor forward(const Tensor& x, int upsample = 1) const;

 private:
  Parameter weight;
  std::optional<Parameter> bias;
  int stride_;
  tensor::Padding padding_;
};

}  // namespace nn
