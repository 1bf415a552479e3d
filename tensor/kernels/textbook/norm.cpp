#include <cmath>

#include "tensor/kernels/kernels.h"
#include "tensor/kernels/textbook/widened.h"

// out = (x - mean) / sqrt(variance + eps) * weight + bias, in two passes: the mean first, then the
// variance of x - mean, so that no digits cancel where the mean is large. The variance is the
// biased one: the sum is divided by the count, not by count - 1.

namespace tensor::kernels::textbook {

namespace {

struct Moments {
  double mean = 0.0, variance = 0.0;
};

Moments moments(const float* x, int64_t count) {
  Moments m;
  for (int64_t i = 0; i < count; ++i) m.mean += x[i];
  m.mean /= static_cast<double>(count);
  for (int64_t i = 0; i < count; ++i) m.variance += (x[i] - m.mean) * (x[i] - m.mean);
  m.variance /= static_cast<double>(count);
  return m;
}

}  // namespace

void group_norm(const float* x, int64_t batch, int64_t channels, int64_t pixels, int64_t groups,
                const Weight& weight, const Weight& bias, float eps, float* out) {
  const std::vector<float> w = widened(weight, channels), b = widened(bias, channels);
  const int64_t group_channels = channels / groups, group_size = group_channels * pixels;
  for (int64_t n = 0; n < batch; ++n) {
    for (int64_t g = 0; g < groups; ++g, x += group_size, out += group_size) {
      const Moments m = moments(x, group_size);
      for (int64_t i = 0; i < group_size; ++i) {
        const int64_t c = g * group_channels + i / pixels;
        const double normalised = (x[i] - m.mean) / std::sqrt(m.variance + eps);
        out[i] = static_cast<float>(normalised * w[c] + b[c]);
      }
    }
  }
}

void layer_norm(const float* x, int64_t rows, int64_t channels, const Weight& weight,
                const Weight& bias, float eps, float* out) {
  const std::vector<float> w = widened(weight, channels), b = widened(bias, channels);
  for (int64_t row = 0; row < rows; ++row, x += channels, out += channels) {
    const Moments m = moments(x, channels);
    for (int64_t c = 0; c < channels; ++c) {
      const double normalised = (x[c] - m.mean) / std::sqrt(m.variance + eps);
      out[c] = static_cast<float>(normalised * w[c] + b[c]);
    }
  }
}

}  // namespace tensor::kernels::textbook
