#pragma once

#include <optional>

#include "nn/module.h"
#include "nn/parameter.h"
#include "tensor/ops.h"

namespace nn {

/// A square convolution with zero padding, and with a bias unless the options say otherwise.
/// `upsample` enlarges x first, as upsample_nearest does; the larger image is never built.
///
/// x (N, in, H, W) -> (N, out, (H + top + bottom - kernel) / stride + 1, likewise);
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
