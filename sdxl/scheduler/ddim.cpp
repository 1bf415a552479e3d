#include "sdxl/scheduler/ddim.h"

#include <cmath>

#include "sdxl/scheduler/noise_schedule.h"
#include "sdxl/scheduler/original_sample.h"
#include "sdxl/scheduler/timestep_spacing.h"
#include "tensor/ops.h"

namespace sdxl {

DDIMScheduler::DDIMScheduler(const SchedulerConfig& config)
    : Scheduler(clipped_by_default(config)), alpha_bars_(alpha_bars(config)) {}

void DDIMScheduler::set_timesteps(int steps) {
  const TimestepSpacing spacing = config_.timestep_spacing.value_or(TimestepSpacing::leading);
  timesteps_ = whole_timesteps(config_, spacing, steps);
  stride_ = config_.num_train_timesteps / steps;
  check_terminal_snr(config_, level(0), timesteps_.front());
}

NoiseLevel DDIMScheduler::level(int i) const {
  if (i < static_cast<int>(timesteps_.size())) {
    return NoiseLevel::variance_preserving(alpha_bar(static_cast<int64_t>(timesteps_.at(i))));
  }
  const auto last = static_cast<int64_t>(timesteps_.back());
  return NoiseLevel::variance_preserving(alpha_bar(last - stride_));
}

Tensor DDIMScheduler::step(const Tensor& output, int i, const Tensor& sample, NoiseSource& noise) {
  const auto t = static_cast<int64_t>(timesteps_.at(i));
  const float alpha_bar_t = alpha_bar(t);
  const float alpha_bar_next = alpha_bar(t - stride_);
  const Tensor x0 = predict_original_sample(output, i, sample);
  const Tensor eps = predict_noise(config_.prediction_type, output, sample, level(i));

  // Eq. 16 and 12.
  const float variance =
      (1 - alpha_bar_next) / (1 - alpha_bar_t) * (1 - alpha_bar_t / alpha_bar_next);
  const float s = static_cast<float>(config_.eta) * std::sqrt(variance);
  const Tensor direction = std::sqrt(1 - alpha_bar_next - s * s) * eps;
  const Tensor x = std::sqrt(alpha_bar_next) * x0 + direction;
  return config_.eta > 0 ? x + s * noise.draw(sample.shape()) : x;
}

float DDIMScheduler::alpha_bar(int64_t timestep) const {
  if (timestep >= 0) return alpha_bars_.at(timestep);
  return config_.set_alpha_to_one.value_or(true) ? 1.0f : alpha_bars_.front();
}

}  // namespace sdxl
