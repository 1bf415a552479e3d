#include <cmath>
#include <vector>

#include "tensor/kernels/job.h"
#include "tensor/kernels/kernels.h"

namespace tensor::kernels {

namespace {

std::vector<float> widened(const Weight& w, int64_t count) {
  std::vector<float> values(count);
  widen(w.data, w.dtype, count, values.data());
  return values;
}

struct Moments {
  double mean;
  double variance;
};

/// Two passes, summed in double: no digit is lost where the mean is large and the variance small.
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
                const Weight& gain, const Weight& shift, float eps, float* out) {
  const Job job("group_norm", 0.0, 2.0 * batch * channels * pixels);
  if (is_dry_run()) return;
  const std::vector<float> gains = widened(gain, channels);
  const std::vector<float> shifts = widened(shift, channels);
  const int64_t group_channels = channels / groups;
  const int team = threads_for_numbers(batch * channels * pixels);
#pragma omp parallel for num_threads(team)
  for (int64_t i = 0; i < batch * groups; ++i) {
    const float* group = x + i * group_channels * pixels;
    const Moments m = moments(group, group_channels * pixels);
    const auto mean = static_cast<float>(m.mean);
    const float scale = inverse_deviation(m, eps);
    for (int64_t j = 0; j < group_channels; ++j) {
      const int64_t channel = i % groups * group_channels + j;
      const float g = gains[channel] * scale;
      const float s = shifts[channel];
      const float* line = group + j * pixels;
      float* target = out + i * group_channels * pixels + j * pixels;
#pragma omp simd
      for (int64_t p = 0; p < pixels; ++p) target[p] = (line[p] - mean) * g + s;
    }
  }
}

void layer_norm(const float* x, int64_t rows, int64_t channels, const Weight& gain,
                const Weight& shift, float eps, float* out) {
  const Job job("layer_norm", 0.0, 2.0 * rows * channels);
  if (is_dry_run()) return;
  const std::vector<float> gains = widened(gain, channels);
  const std::vector<float> shifts = widened(shift, channels);
  const int team = threads_for_numbers(rows * channels);
#pragma omp parallel for num_threads(team)
  for (int64_t row = 0; row < rows; ++row) {
    const float* line = x + row * channels;
    float* target = out + row * channels;
    const Moments m = moments(line, channels);
    const auto mean = static_cast<float>(m.mean);
    const float scale = inverse_deviation(m, eps);
#pragma omp simd
    for (int64_t c = 0; c < channels; ++c)
      target[c] = (line[c] - mean) * scale * gains[c] + shifts[c];
  }
}

}  // namespace tensor::kernels
