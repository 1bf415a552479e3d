#include "sdxl/scheduler/kdpm2_discrete.h"

#include <cmath>

#include "sdxl/scheduler/noise_schedule.h"
#include "sdxl/scheduler/sigma_spacing.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

SchedulerConfig with_kdpm2_defaults(SchedulerConfig c) {
  if (c.prediction_type == PredictionType::sample) {
    c.error("prediction_type", "expected epsilon or v_prediction, got sample");
  }
  c.beta_start = c.beta_start.value_or(0.00085);
  c.beta_end = c.beta_end.value_or(0.012);
  c.rescale_betas_zero_snr = false;
  c.clip_sample = false;
  c.thresholding = false;
  return c;
}

}  // namespace

KDPM2DiscreteScheduler::KDPM2DiscreteScheduler(const SchedulerConfig& config)
    : Scheduler(with_kdpm2_defaults(config)), training_sigmas_(training_sigmas(config_)) {}

void KDPM2DiscreteScheduler::set_timesteps(int steps) {
  const SigmaSchedule whole = euler_schedule(config_, training_sigmas_, steps);
  const bool rounds = config_.sigma_spacing == SigmaSpacing::karras;
  timesteps_.clear();
  sigmas_.clear();
  for (size_t i = 0; i < whole.sigmas.size(); ++i) {
    const auto sigma = static_cast<float>(whole.sigmas[i]);
    if (i > 0) {
      const float middle = std::exp((std::log(sigmas_.back()) + std::log(sigma)) / 2);
      timesteps_.push_back(static_cast<float>(timestep_at(training_sigmas_, middle)));
      sigmas_.push_back(middle);
    }
    timesteps_.push_back(rounds ? std::nearbyint(whole.timesteps[i]) : whole.timesteps[i]);
    sigmas_.push_back(sigma);
  }
  sigmas_.push_back(0);
}

int KDPM2DiscreteScheduler::steps() const { return (static_cast<int>(timesteps_.size()) + 1) / 2; }

NoiseLevel KDPM2DiscreteScheduler::level(int i) const {
  return NoiseLevel::variance_exploding(sigmas_.at(i));
}

float KDPM2DiscreteScheduler::init_noise_sigma() const {
  const float sigma = sigmas_.front();
  return spacing_of(config_) == TimestepSpacing::leading ? std::sqrt(sigma * sigma + 1) : sigma;
}

Tensor KDPM2DiscreteScheduler::add_noise(const Tensor& original, const Tensor& eps, int i) const {
  return Scheduler::add_noise(original, eps, i % 2 == 1 ? i + 1 : i);
}

Tensor KDPM2DiscreteScheduler::step(const Tensor& output, int i, const Tensor& sample,
                                    NoiseSource&) {
  const Tensor x0 = predict_original_sample(output, i, sample);
  const Tensor d = (sample - x0) / sigmas_.at(i);
  const bool is_middle = i % 2 == 1;
  if (!is_middle) start_ = sample;
  const float from = sigmas_.at(is_middle ? i - 1 : i);
  return start_ + (sigmas_.at(i + 1) - from) * d;
}

}  // namespace sdxl
