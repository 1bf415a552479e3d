#include "sdxl/scheduler/noise_schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "sdxl/scheduler/linspace.h"
#include "tensor/error.h"

namespace sdxl {

namespace {

std::vector<float> scaled_linear(double start, double end, int64_t count) {
  std::vector<float> values = linspace_of_floats(std::sqrt(start), std::sqrt(end), count);
  for (float& value : values) value *= value;
  return values;
}

std::vector<float> squared_cosine(int64_t count) {
  const auto alpha_bar = [](double t) {
    const double cosine = std::cos((t + 0.008) / 1.008 * std::numbers::pi / 2);
    return cosine * cosine;
  };
  const double n = static_cast<double>(count);
  std::vector<float> values(count);
  for (int64_t i = 0; i < count; ++i) {
    const double beta = 1 - alpha_bar((i + 1) / n) / alpha_bar(i / n);
    values[i] = static_cast<float>(std::min(beta, 0.999));
  }
  return values;
}

std::vector<float> scheduled_betas(const SchedulerConfig& c) {
  if (!c.trained_betas.empty()) return {c.trained_betas.begin(), c.trained_betas.end()};
  const double start = c.beta_start.value_or(0.0001);
  const double end = c.beta_end.value_or(0.02);
  switch (c.beta_schedule.value_or(BetaSchedule::linear)) {
    case BetaSchedule::linear:
      return linspace_of_floats(start, end, c.num_train_timesteps);
    case BetaSchedule::scaled_linear:
      return scaled_linear(start, end, c.num_train_timesteps);
    case BetaSchedule::squaredcos_cap_v2:
      return squared_cosine(c.num_train_timesteps);
  }
  return {};
}

}  // namespace

std::vector<float> betas(const SchedulerConfig& config) {
  const std::vector<float> scheduled = scheduled_betas(config);
  return config.rescale_betas_zero_snr ? rescale_zero_terminal_snr(scheduled) : scheduled;
}

SchedulerConfig trained_as_stable_diffusion(SchedulerConfig config) {
  config.beta_schedule = config.beta_schedule.value_or(BetaSchedule::scaled_linear);
  config.beta_start = config.beta_start.value_or(0.00085);
  config.beta_end = config.beta_end.value_or(0.012);
  return config;
}

std::vector<float> alpha_bars(const SchedulerConfig& config) { return alpha_bars(betas(config)); }

std::vector<float> alpha_bars(const std::vector<float>& betas) {
  std::vector<float> values(betas.size());
  double product = 1;
  for (size_t t = 0; t < betas.size(); ++t) {
    product *= 1.0f - betas[t];
    values[t] = static_cast<float>(product);
  }
  return values;
}

std::vector<float> rescale_zero_terminal_snr(const std::vector<float>& betas) {
  std::vector<float> roots = alpha_bars(betas);
  for (float& root : roots) root = std::sqrt(root);

  const float first = roots.front();
  const float last = roots.back();
  const float scale = first / (first - last);
  for (float& root : roots) root = (root - last) * scale;

  std::vector<float> rescaled(betas.size());
  float before = 1;
  for (size_t t = 0; t < betas.size(); ++t) {
    const float alpha_bar = roots[t] * roots[t];
    rescaled[t] = 1 - alpha_bar / before;
    before = alpha_bar;
  }
  return rescaled;
}

std::vector<float> sigmas(const std::vector<float>& alpha_bars) {
  std::vector<float> values(alpha_bars.size());
  for (size_t t = 0; t < alpha_bars.size(); ++t) {
    values[t] = std::sqrt((1 - alpha_bars[t]) / alpha_bars[t]);
  }
  return values;
}

std::vector<float> training_sigmas(const SchedulerConfig& config) {
  std::vector<float> values = alpha_bars(config);
  if (config.rescale_betas_zero_snr) values.back() = std::ldexp(1.0f, -24);
  return sigmas(values);
}

void check_terminal_snr(const SchedulerConfig& config, const NoiseLevel& level, float timestep) {
  tensor::require(
      level.signal > 0 || config.prediction_type != PredictionType::epsilon,
      "set_timesteps: the sample at timestep {} is noise alone (rescale_betas_zero_snr), "
      "so prediction_type epsilon says nothing of the image; choose leading spacing",
      timestep);
}

}  // namespace sdxl
