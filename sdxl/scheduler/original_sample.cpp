#include "sdxl/scheduler/original_sample.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tensor/ops.h"

namespace sdxl {

namespace {

/// The quantile `ratio` of x's magnitudes, linear between two of them.   torch: quantile
float quantile_of_magnitudes(const Tensor& x, float ratio) {
  std::vector<float> magnitudes(x.data(), x.data() + x.size());
  for (float& value : magnitudes) value = std::fabs(value);
  std::ranges::sort(magnitudes);

  const float rank = ratio * static_cast<float>(magnitudes.size() - 1);
  const size_t below = static_cast<size_t>(rank);
  const size_t above = std::min(below + 1, magnitudes.size() - 1);
  return std::lerp(magnitudes[below], magnitudes[above], rank - std::floor(rank));
}

}  // namespace

Tensor predict_original_sample(PredictionType type, const Tensor& output, const Tensor& x,
                               const NoiseLevel& level) {
  const auto [alpha, sigma] = level.normalized();
  switch (type) {
    case PredictionType::epsilon:
      return (x - level.noise * output) / level.signal;
    case PredictionType::v_prediction:
      return alpha * (x / level.deviation()) - sigma * output;
    case PredictionType::sample:
      return output;
  }
  return output;
}

Tensor predict_noise(PredictionType type, const Tensor& output, const Tensor& x,
                     const NoiseLevel& level) {
  const auto [alpha, sigma] = level.normalized();
  switch (type) {
    case PredictionType::epsilon:
      return output;
    case PredictionType::v_prediction:
      return alpha * output + sigma * (x / level.deviation());
    case PredictionType::sample:
      return (x - level.signal * output) / level.noise;
  }
  return output;
}

Tensor dynamic_threshold(const Tensor& x0, double ratio, double max_value) {
  std::vector<Tensor> images;
  for (int64_t n = 0; n < x0.dim(0); ++n) {
    const Tensor image = slice(x0, 0, n, n + 1);
    float s = quantile_of_magnitudes(image, static_cast<float>(ratio));
    s = std::min(std::max(s, 1.0f), static_cast<float>(max_value));
    images.push_back(clamp(image, -s, s) / s);
  }
  return concat(images, 0);
}

SchedulerConfig clipped_by_default(SchedulerConfig config) {
  config.clip_sample = config.clip_sample.value_or(true);
  return config;
}

Tensor clip_original_sample(const SchedulerConfig& config, const Tensor& x0) {
  if (config.thresholding) {
    return dynamic_threshold(x0, config.dynamic_thresholding_ratio, config.sample_max_value);
  }
  if (!config.clip_sample.value_or(false)) return x0;
  const float range = static_cast<float>(config.clip_sample_range);
  return clamp(x0, -range, range);
}

}  // namespace sdxl
