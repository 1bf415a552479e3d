#include "sdxl/scheduler/euler_discrete.h"

#include <algorithm>
#include <cmath>

#include "sdxl/scheduler/noise_schedule.h"
#include "sdxl/scheduler/sigma_spacing.h"
#include "sdxl/scheduler/timestep_spacing.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

/// Euler's predicted x_0 is never clipped.
SchedulerConfig unclipped(SchedulerConfig c) {
  c.clip_sample = false;
  c.thresholding = false;
  return c;
}

void expect_supported(const SchedulerConfig& config) {
  if (config.sigma_spacing == SigmaSpacing::beta) {
    config.error("use_beta_sigmas", "expected false; beta sigmas are left out here");
  }
  if (config.interpolation_type != "linear") {
    config.error("interpolation_type", "expected linear, got " + config.interpolation_type);
  }
  if (config.timestep_type != "discrete" &&
      config.prediction_type == PredictionType::v_prediction) {
    config.error("timestep_type", "expected discrete, got " + config.timestep_type);
  }
}

}  // namespace

EulerDiscreteScheduler::EulerDiscreteScheduler(const SchedulerConfig& config)
    : Scheduler(unclipped(config)), training_sigmas_(training_sigmas(config)) {
  expect_supported(config);
}

TimestepSpacing EulerDiscreteScheduler::spacing() const {
  return config_.timestep_spacing.value_or(TimestepSpacing::linspace);
}

void EulerDiscreteScheduler::set_timesteps(int steps) {
  const std::vector<double> spaced = spaced_timesteps(config_, spacing(), steps);
  timesteps_.assign(spaced.begin(), spaced.end());

  std::vector<double> levels;
  for (const float t : timesteps_) {
    levels.push_back(sigma_at(training_sigmas_, t));
  }
  if (config_.sigma_spacing != SigmaSpacing::timesteps) {
    const auto curve =
        config_.sigma_spacing == SigmaSpacing::karras ? karras_sigmas : exponential_sigmas;
    levels = curve(config_.sigma_max.value_or(levels.front()),
                   config_.sigma_min.value_or(levels.back()), steps);
    std::ranges::transform(levels, timesteps_.begin(), [&](double sigma) {
      return static_cast<float>(timestep_at(training_sigmas_, sigma));
    });
  }
  sigmas_.assign(levels.begin(), levels.end());
  sigmas_.push_back(config_.final_sigma == FinalSigma::zero ? 0 : training_sigmas_.front());
}

NoiseLevel EulerDiscreteScheduler::level(int i) const {
  return NoiseLevel::variance_exploding(sigmas_.at(i));
}

float EulerDiscreteScheduler::init_noise_sigma() const {
  const float sigma = *std::ranges::max_element(sigmas_);
  return spacing() == TimestepSpacing::leading ? std::sqrt(sigma * sigma + 1) : sigma;
}

Tensor EulerDiscreteScheduler::step(const Tensor& output, int i, const Tensor& sample,
                                    NoiseSource&) {
  const float sigma = sigmas_.at(i);
  const float next_sigma = sigmas_.at(i + 1);
  const Tensor x0 = predict_original_sample(output, i, sample);
  const Tensor d = (sample - x0) / sigma;
  return sample + (next_sigma - sigma) * d;
}

}  // namespace sdxl
