#include "sdxl/scheduler/euler_discrete.h"

#include <algorithm>
#include <cmath>

#include "sdxl/scheduler/noise_schedule.h"
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

void expect_linear_and_discrete(const SchedulerConfig& config) {
  if (config.interpolation_type != "linear") {
    config.error("interpolation_type", "expected linear, got " + config.interpolation_type);
  }
  if (config.timestep_type != "discrete" &&
      config.prediction_type == PredictionType::v_prediction) {
    config.error("timestep_type", "expected discrete, got " + config.timestep_type);
  }
}

std::vector<double> all_but_last(std::vector<double> values) {
  values.pop_back();
  return values;
}

}  // namespace

EulerDiscreteScheduler::EulerDiscreteScheduler(const SchedulerConfig& config)
    : Scheduler(unclipped(config)), training_sigmas_(training_sigmas(config)) {
  expect_linear_and_discrete(config);
}

void EulerDiscreteScheduler::set_timesteps(int steps) {
  begin(euler_schedule(config_, training_sigmas_, steps));
}

void EulerDiscreteScheduler::use_timesteps(const std::vector<double>& given) {
  expect_no_curve(config_);
  begin(schedule_at(training_sigmas_, given_timesteps(config_, given, false)));
}

void EulerDiscreteScheduler::use_sigmas(const std::vector<double>& given) {
  begin(schedule_of(training_sigmas_, all_but_last(given_sigmas(given))));
  sigmas_.back() = static_cast<float>(given.back());
}

void EulerDiscreteScheduler::begin(const SigmaSchedule& schedule) {
  timesteps_ = schedule.timesteps;
  sigmas_.assign(schedule.sigmas.begin(), schedule.sigmas.end());
  sigmas_.push_back(config_.final_sigma == FinalSigma::zero ? 0 : training_sigmas_.front());
}

NoiseLevel EulerDiscreteScheduler::level(int i) const {
  return NoiseLevel::variance_exploding(sigmas_.at(i));
}

float EulerDiscreteScheduler::init_noise_sigma() const {
  const float sigma = *std::ranges::max_element(sigmas_);
  return spacing_of(config_) == TimestepSpacing::leading ? std::sqrt(sigma * sigma + 1) : sigma;
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
