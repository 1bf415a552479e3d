#pragma once

#include <optional>

#include "nn/adapter.h"
#include "nn/parameter.h"
#include "tensor/ops.h"

namespace nn {

/// A convolution with a square kernel, zero padding and a bias (see Options).
///
///   y[n, o, i, j] = b[o] + sum_{c, k, l} w[o, c, k, l] x[n, c, i s + k - top, j s + l - left]
///
/// with the stride s. x (N, in, H, W)
/// -> (N, out, (H + top + bottom - kernel) / s + 1, (W + left + right - kernel) / s + 1);
/// weight (out, in, kernel, kernel), bias (out)
/// With an `upsample` above 1, x is first enlarged by that factor (nearest neighbour). The enlarged
/// x is not stored.
/// Errors: std::invalid_argument naming the path, for an x with other channels.
/// torch: nn.Conv2d
class Conv2d : public AdaptableLayer {
 public:
  struct Options {
    int kernel = 1;
    int stride = 1;
    tensor::Padding padding = {};
    bool bias = true;
  };

  Conv2d(const Slot& slot, int64_t in_channels, int64_t out_channels, const Options& options);
  Tensor forward(const Tensor& x, int upsample = 1) const;
  int stride() const { return stride_; }
  const tensor::Padding& padding() const { return padding_; }

 private:
  Parameter weight;
  std::optional<Parameter> bias;
  int stride_;
  tensor::Padding padding_;
};

}  // namespace nn
