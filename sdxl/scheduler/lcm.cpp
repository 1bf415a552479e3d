#include "sdxl/scheduler/lcm.h"

#include <algorithm>
#include <cmath>

#include "sdxl/scheduler/noise_schedule.h"
#include "sdxl/scheduler/original_sample.h"
#include "sdxl/scheduler/timestep_spacing.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

/// This scheduler's default is the noise schedule of Stable Diffusion's training.
SchedulerConfig with_own_defaults(SchedulerConfig c) {
  c.beta_schedule = c.beta_schedule.value_or(BetaSchedule::scaled_linear);
  c.beta_start = c.beta_start.value_or(0.00085);
  c.beta_end = c.beta_end.value_or(0.012);
  return c;
}

}  // namespace

LCMScheduler::LCMScheduler(const SchedulerConfig& config)
    : Scheduler(with_own_defaults(config)), alpha_bars_(alpha_bars(config_)) {
  if (config.original_inference_steps > config.num_train_timesteps) {
    config.error("original_inference_steps", "expected no more than num_train_timesteps");
  }
}

void LCMScheduler::set_timesteps(int steps) {
  const int64_t original = config_.original_inference_steps;
  require_steps(steps, original);
  // Distillation's timesteps are every k-th one of training: T - 1, T - 1 - k ... Of these, n are
  // chosen, evenly spaced.
  const int64_t stride = config_.num_train_timesteps / original;
  timesteps_.clear();
  for (int step = 0; step < steps; ++step) {
    const double place = static_cast<double>(step) * (static_cast<double>(original) / steps);
    const auto index = static_cast<int64_t>(std::floor(place));
    timesteps_.push_back(static_cast<float>((original - index) * stride - 1));
  }
  check_terminal_snr(config_, level(0), timesteps_.front());
}

NoiseLevel LCMScheduler::level(int i) const {
  if (i == static_cast<int>(timesteps_.size())) return {};  // f has no noise
  return NoiseLevel::variance_preserving(alpha_bars_.at(static_cast<size_t>(timesteps_.at(i))));
}

Tensor LCMScheduler::step(const Tensor& output, int i, const Tensor& sample, NoiseSource& noise) {
  const Tensor x0 = predict_original_sample(output, i, sample);

  // Eq. 9: at t = 0 the sample, at large t the predicted x_0.
  const double scaled = timesteps_.at(i) * config_.timestep_scaling;
  const double c_skip = 0.25 / (scaled * scaled + 0.25);
  const double c_out = scaled / std::sqrt(scaled * scaled + 0.25);
  const Tensor f = static_cast<float>(c_out) * x0 + static_cast<float>(c_skip) * sample;
  if (i + 1 == static_cast<int>(timesteps_.size())) return f;

  return add_noise(f, noise.draw(sample.shape()), i + 1);
}

}  // namespace sdxl
