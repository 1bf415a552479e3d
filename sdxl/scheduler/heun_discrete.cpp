#include "sdxl/scheduler/heun_discrete.h"

#include <cmath>

#include "sdxl/scheduler/noise_schedule.h"
#include "sdxl/scheduler/timestep_spacing.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

SchedulerConfig with_heun_defaults(SchedulerConfig c) {
  c.beta_start = c.beta_start.value_or(0.00085);
  c.beta_end = c.beta_end.value_or(0.012);
  c.rescale_betas_zero_snr = false;
  c.thresholding = false;
  return c;
}

}  // namespace

HeunDiscreteScheduler::HeunDiscreteScheduler(const SchedulerConfig& config)
    : Scheduler(with_heun_defaults(config)), training_sigmas_(training_sigmas(config_)) {}

void HeunDiscreteScheduler::set_timesteps(int steps) {
  begin(euler_schedule(config_, training_sigmas_, steps));
}

void HeunDiscreteScheduler::use_timesteps(const std::vector<double>& given) {
  expect_no_curve(config_);
  begin(schedule_at(training_sigmas_, given_timesteps(config_, given, false)));
}

void HeunDiscreteScheduler::begin(const SigmaSchedule& schedule) {
  timesteps_.clear();
  sigmas_.clear();
  for (size_t i = 0; i < schedule.timesteps.size(); ++i) {
    const size_t times = i == 0 ? 1 : 2;
    timesteps_.insert(timesteps_.end(), times, schedule.timesteps[i]);
    sigmas_.insert(sigmas_.end(), times, static_cast<float>(schedule.sigmas[i]));
  }
  sigmas_.push_back(0);
}

int HeunDiscreteScheduler::steps() const { return (static_cast<int>(timesteps_.size()) + 1) / 2; }

NoiseLevel HeunDiscreteScheduler::level(int i) const {
  return NoiseLevel::variance_exploding(sigmas_.at(i));
}

float HeunDiscreteScheduler::init_noise_sigma() const {
  const float sigma = sigmas_.front();
  return spacing_of(config_) == TimestepSpacing::leading ? std::sqrt(sigma * sigma + 1) : sigma;
}

Tensor HeunDiscreteScheduler::step(const Tensor& output, int i, const Tensor& sample,
                                   NoiseSource&) {
  const Tensor x0 = predict_original_sample(output, i, sample);
  const Tensor d = (sample - x0) / sigmas_.at(i);
  if (i % 2 == 0) {
    start_ = sample;
    slope_ = d;
    return sample + (sigmas_.at(i + 1) - sigmas_.at(i)) * d;
  }
  return start_ + (sigmas_.at(i) - sigmas_.at(i - 1)) * ((slope_ + d) / 2.0f);
}

}  // namespace sdxl
