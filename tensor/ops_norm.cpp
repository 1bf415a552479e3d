#include <utility>

#include "tensor/error.h"
#include "tensor/kernels/kernels.h"
#include "tensor/ops.h"

namespace tensor {

Tensor group_norm(Tensor x, int64_t groups, const WeightView& gain, const WeightView& shift,
                  float eps) {
  require(x.shape().rank() >= 3 && groups > 0 && x.dim(1) % groups == 0,
          "group_norm expects (N, C, ...) with C in {} equal groups, got {}", groups, x.shape());
  const int64_t channels = x.dim(1);
  require(gain.shape == Shape{channels} && shift.shape == Shape{channels},
          "group_norm expects gain and shift ({},), got {} and {}", channels, gain.shape,
          shift.shape);
  const int64_t samples = x.dim(0) * channels;
  const int64_t pixels = samples == 0 ? 0 : x.size() / samples;
  const float* numbers = x.data();
  const int64_t batch = x.dim(0);
  Tensor out = Tensor::overwriting(std::move(x));
  kernels::group_norm(numbers, batch, channels, pixels, groups, {gain.data, gain.dtype},
                      {shift.data, shift.dtype}, eps, out.mutable_data());
  return out;
}

Tensor layer_norm(Tensor x, const WeightView& gain, const WeightView& shift, float eps) {
  const int64_t channels = x.dim(-1);
  require(gain.shape == Shape{channels} && shift.shape == Shape{channels},
          "layer_norm expects gain and shift ({},), got {} and {}", channels, gain.shape,
          shift.shape);
  const int64_t rows = channels == 0 ? 0 : x.size() / channels;
  const float* numbers = x.data();
  Tensor out = Tensor::overwriting(std::move(x));
  kernels::layer_norm(numbers, rows, channels, {gain.data, gain.dtype}, {shift.data, shift.dtype},
                      eps, out.mutable_data());
  return out;
}

}  // namespace tensor
