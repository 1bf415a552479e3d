#include <utility>

#include "tensor/error.h"
#include "tensor/kernels/kernels.h"
#include "tensor/ops.h"

namespace tensor {

Tensor group_norm(Tensor x, int64_t groups, const WeightView& weight, const WeightView& bias,
                  float eps) {
  require(x.shape().rank() >= 3 && groups > 0 && x.dim(1) % groups == 0,
          "group_norm expects (N, C, ...) with C in {} equal groups, got {}", groups, x.shape());
  const int64_t channels = x.dim(1);
  require(weight.shape == Shape{channels} && bias.shape == Shape{channels},
          "group_norm expects weight and bias ({},), got {} and {}", channels, weight.shape,
          bias.shape);
  const int64_t samples = x.dim(0) * channels;
  const int64_t pixels = samples == 0 ? 0 : x.size() / samples;
  const float* in = x.data();
  const int64_t batch = x.dim(0);
  Tensor out = Tensor::overwriting(std::move(x));
  kernels::group_norm(in, batch, channels, pixels, groups, {weight.data, weight.dtype},
                      {bias.data, bias.dtype}, eps, out.mutable_data());
  return out;
}

Tensor layer_norm(Tensor x, const WeightView& weight, const WeightView& bias, float eps) {
  const int64_t channels = x.dim(-1);
  require(weight.shape == Shape{channels} && bias.shape == Shape{channels},
          "layer_norm expects weight and bias ({},), got {} and {}", channels, weight.shape,
          bias.shape);
  const int64_t rows = channels == 0 ? 0 : x.size() / channels;
  const float* in = x.data();
  Tensor out = Tensor::overwriting(std::move(x));
  kernels::layer_norm(in, rows, channels, {weight.data, weight.dtype}, {bias.data, bias.dtype}, eps,
                      out.mutable_data());
  return out;
}

}  // namespace tensor
