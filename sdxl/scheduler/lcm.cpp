#include "sdxl/scheduler/lcm.h"

#include <algorithm>
#include <cmath>

#include "sdxl/scheduler/clean_sample.h"
#include "sdxl/scheduler/noise_schedule.h"
#include "sdxl/scheduler/timestep_spacing.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

/// Unlike its siblings this scheduler begins from the noise that Stable Diffusion was trained with.
SchedulerConfig with_own_defaults(SchedulerConfig c) {
  c.beta_schedule = c.beta_schedule.value_or(BetaSchedule::scaled_linear);
  c.beta_start = c.beta_start.value_or(0.00085);
  c.beta_end = c.beta_end.value_or(0.012);
  return c;
}

}  // namespace

LCMScheduler::LCMScheduler(const SchedulerConfig& config)
    : config_(with_own_defaults(config)), alpha_bars_(alpha_bars(config_)) {
  if (config.original_inference_steps > config.num_train_timesteps) {
    config.error("original_inference_steps", "expected no more than num_train_timesteps");
  }
}

void LCMScheduler::set_timesteps(int steps) {
  const int64_t original = config_.original_inference_steps;
  require_steps(steps, original);
  // Every k-th timestep of training, from the last: T - 1, T - 1 - k ...; of these, evenly spread
  // ones.
  const int64_t stride = config_.num_train_timesteps / original;
  timesteps_.clear();
  for (int step = 0; step < steps; ++step) {
    const double place = static_cast<double>(step) * (static_cast<double>(original) / steps);
    const auto index = static_cast<int64_t>(std::floor(place));
    timesteps_.push_back(static_cast<float>((original - index) * stride - 1));
  }
  require_signal(config_, alpha_bar(0), timesteps_.front());
}

Tensor LCMScheduler::scale_model_input(const Tensor& sample, int) const { return sample; }

Tensor LCMScheduler::guess_clean(const Tensor& output, int i, const Tensor& sample) const {
  const Tensor x0 = clean_sample(config_.prediction_type, output, sample, std::sqrt(alpha_bar(i)),
                                 std::sqrt(1 - alpha_bar(i)));
  return limit_clean_sample(config_, x0, false);
}

Tensor LCMScheduler::step(const Tensor& output, int i, const Tensor& sample, NoiseSource& noise) {
  const Tensor x0 = guess_clean(output, i, sample);

  // Eq. 9: at t = 0 the sample itself, far from it the UNet's answer.
  const double scaled = timesteps_.at(i) * config_.timestep_scaling;
  const double c_skip = 0.25 / (scaled * scaled + 0.25);
  const double c_out = scaled / std::sqrt(scaled * scaled + 0.25);
  const Tensor f = static_cast<float>(c_out) * x0 + static_cast<float>(c_skip) * sample;
  if (i + 1 == static_cast<int>(timesteps_.size())) return f;

  const float next = alpha_bar(i + 1);
  return std::sqrt(next) * f + std::sqrt(1 - next) * noise.draw(sample.shape());
}

Tensor LCMScheduler::add_noise(const Tensor& original, const Tensor& noise, int i) const {
  return std::sqrt(alpha_bar(i)) * original + std::sqrt(1 - alpha_bar(i)) * noise;
}

float LCMScheduler::alpha_bar(size_t i) const {
  return alpha_bars_.at(static_cast<size_t>(timesteps_.at(i)));
}

}  // namespace sdxl
