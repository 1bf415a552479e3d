#include "sdxl/scheduler/pndm.h"

#include <algorithm>
#include <cmath>

#include "sdxl/scheduler/noise_schedule.h"
#include "sdxl/scheduler/original_sample.h"
#include "sdxl/scheduler/timestep_spacing.h"
#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

SchedulerConfig with_pndm_defaults(SchedulerConfig c) {
  if (c.prediction_type == PredictionType::sample) {
    c.error("prediction_type", "expected epsilon or v_prediction, got sample");
  }
  c.clip_sample = false;
  c.thresholding = false;
  c.rescale_betas_zero_snr = false;
  return c;
}

/// With t_0 > t_1 > ... and steps of length s, Runge-Kutta's method evaluates each of the first
/// three steps at t_i, twice in the middle t_(i+1) + s / 2, and at t_(i+1).
std::vector<float> runge_kutta_timesteps(const std::vector<float>& t, int64_t stride) {
  std::vector<float> timesteps;
  for (int i = 0; i < 3; ++i) {
    const float middle = t[i + 1] + static_cast<float>(stride / 2);
    timesteps.insert(timesteps.end(), {t[i], middle, middle, t[i + 1]});
  }
  return timesteps;
}

/// The outputs' combination of as high an order as there are outputs: Adams and Bashforth's.
Tensor adams_bashforth(const std::vector<Tensor>& e) {
  switch (e.size()) {
    case 1:
      return e[0];
    case 2:
      return (3.0f * e[0] - e[1]) / 2.0f;
    case 3:
      return (23.0f * e[0] - 16.0f * e[1] + 5.0f * e[2]) / 12.0f;
  }
  return (1.0f / 24) * (55.0f * e[0] - 59.0f * e[1] + 37.0f * e[2] - 9.0f * e[3]);
}

}  // namespace

PNDMScheduler::PNDMScheduler(const SchedulerConfig& config)
    : Scheduler(with_pndm_defaults(config)), alpha_bars_(alpha_bars(config_)) {}

void PNDMScheduler::set_timesteps(int steps) {
  tensor::require(config_.skip_prk_steps || steps >= 4,
                  "set_timesteps: expects 4 steps or more without skip_prk_steps, got {}", steps);
  const TimestepSpacing spacing = config_.timestep_spacing.value_or(TimestepSpacing::leading);
  const std::vector<float> spaced = whole_timesteps(config_, spacing, steps);
  steps_ = steps;
  stride_ = config_.num_train_timesteps / steps;
  if (config_.skip_prk_steps) {
    timesteps_ = spaced;
    if (steps > 1) timesteps_.insert(timesteps_.begin() + 1, spaced[1]);
    runge_kutta_ = 0;
  } else {
    timesteps_ = runge_kutta_timesteps(spaced, stride_);
    runge_kutta_ = static_cast<int>(timesteps_.size());
    timesteps_.insert(timesteps_.end(), spaced.begin() + 3, spaced.end());
  }
  calls_ = 0;
  outputs_.clear();
  start_ = Tensor();
}

NoiseLevel PNDMScheduler::level(int i) const {
  const bool is_result = i == static_cast<int>(timesteps_.size());
  return NoiseLevel::variance_preserving(
      alpha_bar(is_result ? timestep(i - 1) - stride_ : timestep(i)));
}

Tensor PNDMScheduler::step(const Tensor& output, int i, const Tensor& sample, NoiseSource&) {
  const Tensor x = calls_ < runge_kutta_ ? runge_kutta_step(output, i, sample)
                                         : multistep_step(output, i, sample);
  ++calls_;
  return x;
}

Tensor PNDMScheduler::runge_kutta_step(const Tensor& output, int i, const Tensor& sample) {
  const int stage = calls_ % 4;
  const int64_t from = timestep(calls_ - stage);
  const int64_t to = timestep(i) - (stage % 2 == 0 ? stride_ / 2 : 0);
  if (stage == 0) {
    outputs_.insert(outputs_.begin(), output);
    start_ = sample;
    combined_ = (1.0f / 6) * output;
    return transfer(start_, from, to, output);
  }
  if (stage == 3) return transfer(start_, from, to, combined_ + (1.0f / 6) * output);
  combined_ = combined_ + (1.0f / 3) * output;
  return transfer(start_, from, to, output);
}

Tensor PNDMScheduler::multistep_step(const Tensor& output, int i, const Tensor& sample) {
  const int64_t t = timestep(i);
  if (calls_ == 1) {  // the first step again, with the mean of the outputs at both of its ends
    return transfer(start_, t + stride_, t, (output + outputs_[0]) / 2.0f);
  }
  outputs_.insert(outputs_.begin(), output);
  outputs_.resize(std::min<size_t>(outputs_.size(), 4));
  if (calls_ == 0) start_ = sample;
  return transfer(sample, t, t - stride_, adams_bashforth(outputs_));
}

Tensor PNDMScheduler::transfer(const Tensor& x, int64_t from, int64_t to,
                               const Tensor& output) const {
  const float a = alpha_bar(from);
  const float b = alpha_bar(to);
  const Tensor eps =
      predict_noise(config_.prediction_type, output, x, NoiseLevel::variance_preserving(a));
  const float divisor = a * std::sqrt(1 - b) + std::sqrt(a * (1 - a) * b);
  return std::sqrt(b / a) * x - ((b - a) / divisor) * eps;
}

int64_t PNDMScheduler::timestep(int i) const { return static_cast<int64_t>(timesteps_.at(i)); }

float PNDMScheduler::alpha_bar(int64_t timestep) const {
  if (timestep >= 0) return alpha_bars_.at(timestep);
  return config_.set_alpha_to_one.value_or(false) ? 1.0f : alpha_bars_.front();
}

}  // namespace sdxl
