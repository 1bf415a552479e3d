#include "sdxl/scheduler/edm_precondition.h"

#include <algorithm>
#include <cmath>

#include "sdxl/scheduler/linspace.h"
#include "sdxl/scheduler/timestep_spacing.h"
#include "tensor/ops.h"

namespace sdxl {

SchedulerConfig EdmPrecondition::defaults(SchedulerConfig c) {
  if (c.prediction_type == PredictionType::sample) {
    c.error("prediction_type", "expected epsilon or v_prediction, got sample");
  }
  c.sigma_min = c.sigma_min.value_or(0.002);
  c.sigma_max = c.sigma_max.value_or(80.0);
  if (*c.sigma_min > *c.sigma_max) c.error("sigma_min", "expected no more than sigma_max");
  c.clip_sample = false;
  return c;
}

Tensor EdmPrecondition::input(const SchedulerConfig& c, const Tensor& x, float sigma) {
  const auto data = static_cast<float>(c.sigma_data);
  return (1 / std::sqrt(sigma * sigma + data * data)) * x;
}

Tensor EdmPrecondition::original_sample(const SchedulerConfig& c, const Tensor& f, const Tensor& x,
                                        float sigma) {
  const auto data = static_cast<float>(c.sigma_data);
  const float variance = sigma * sigma + data * data;
  const float sign = c.prediction_type == PredictionType::epsilon ? 1 : -1;
  return (data * data / variance) * x + (sign * sigma * data / std::sqrt(variance)) * f;
}

std::vector<float> EdmPrecondition::sigmas(const SchedulerConfig& c, int n) {
  require_steps(n, c.num_train_timesteps);
  const double low = *c.sigma_min;
  const double high = *c.sigma_max;
  std::vector<float> sigmas;
  if (c.sigma_schedule == SigmaSpacing::karras) {
    const double from = std::pow(high, 1 / c.rho);
    const double to = std::pow(low, 1 / c.rho);
    for (const double share : linspace(0, 1, n)) {
      sigmas.push_back(static_cast<float>(std::pow(from + share * (to - from), c.rho)));
    }
    return sigmas;
  }
  for (const float value : linspace_of_floats(std::log(low), std::log(high), n)) {
    sigmas.push_back(std::exp(value));
  }
  std::ranges::reverse(sigmas);
  return sigmas;
}

std::vector<float> EdmPrecondition::timesteps(const std::vector<float>& sigmas) {
  std::vector<float> timesteps;
  for (const float sigma : sigmas) timesteps.push_back(0.25f * std::log(sigma));
  return timesteps;
}

float EdmPrecondition::init_noise_sigma(const SchedulerConfig& c) {
  return static_cast<float>(std::sqrt(*c.sigma_max * *c.sigma_max + 1));
}

}  // namespace sdxl
