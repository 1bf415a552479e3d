#include <cmath>
#include <vector>

#include "tensor/kernels/convert.h"

// Normalisation in two passes over the data, both summed in double: the mean, then the variance of
// x - mean. One pass, mean(x^2) - mean(x)^2, would cancel most digits where the mean is large and
// the variance small, as in the autoencoder. A third pass scales and shifts in float32. Groups or
// rows are split among the threads; one thread sums each of them.

namespace tensor::kernels::fast {

namespace {

struct Moments {
  double mean;
  double variance;
};

Moments moments(const float* x, int64_t count) {
  double sum = 0.0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; ++i) sum += x[i];
  const double mean = sum / static_cast<double>(count);
  double squares = 0.0;
#pragma omp simd reduction(+ : squares)
  for (int64_t i = 0; i < count; ++i) squares += (x[i] - mean) * (x[i] - mean);
  return {mean, squares / static_cast<double>(count)};
}

float inverse_deviation(const Moments& m, float eps) {
  return static_cast<float>(1.0 / std::sqrt(m.variance + static_cast<double>(eps)));
}

}  // namespace

void group_norm(const float* x, int64_t batch, int64_t channels, int64_t pixels, int64_t groups,
                const Weight& weight, const Weight& bias, float eps, float* out) {
  const std::vector<float> weights = widened(weight, channels), biases = widened(bias, channels);
  const int64_t group_channels = channels / groups;
  const int team = threads_for_elements(batch * channels * pixels);
#pragma omp parallel for num_threads(team)
  for (int64_t i = 0; i < batch * groups; ++i) {
    const float* group = x + i * group_channels * pixels;
    const Moments m = moments(group, group_channels * pixels);
    const auto mean = static_cast<float>(m.mean);
    const float scale = inverse_deviation(m, eps);
    for (int64_t j = 0; j < group_channels; ++j) {
      const int64_t channel = i % groups * group_channels + j;
      const float w = weights[channel] * scale, b = biases[channel];
      const float* from = group + j * pixels;
      float* to = out + i * group_channels * pixels + j * pixels;
#pragma omp simd
      for (int64_t p = 0; p < pixels; ++p) to[p] = (from[p] - mean) * w + b;
    }
  }
}

void layer_norm(const float* x, int64_t rows, int64_t channels, const Weight& weight,
                const Weight& bias, float eps, float* out) {
  const std::vector<float> weights = widened(weight, channels), biases = widened(bias, channels);
  const int team = threads_for_elements(rows * channels);
#pragma omp parallel for num_threads(team)
  for (int64_t row = 0; row < rows; ++row) {
    const float* from = x + row * channels;
    float* to = out + row * channels;
    const Moments m = moments(from, channels);
    const auto mean = static_cast<float>(m.mean);
    const float scale = inverse_deviation(m, eps);
#pragma omp simd
    for (int64_t c = 0; c < channels; ++c) {
      to[c] = (from[c] - mean) * scale * weights[c] + biases[c];
    }
  }
}

}  // namespace tensor::kernels::fast
