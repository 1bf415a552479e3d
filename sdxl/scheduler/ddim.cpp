#include "sdxl/scheduler/ddim.h"

#include <cmath>

#include "sdxl/scheduler/clean_sample.h"
#include "sdxl/scheduler/noise_schedule.h"
#include "sdxl/scheduler/timestep_spacing.h"
#include "tensor/ops.h"

namespace sdxl {

DDIMScheduler::DDIMScheduler(const SchedulerConfig& config)
    : config_(config), alpha_bars_(alpha_bars(config)) {}

void DDIMScheduler::set_timesteps(int steps) {
  const TimestepSpacing spacing = config_.timestep_spacing.value_or(TimestepSpacing::leading);
  timesteps_ = whole_timesteps(config_, spacing, steps);
  stride_ = config_.num_train_timesteps / steps;
  require_signal(config_, alpha_bar(static_cast<int64_t>(timesteps_.front())), timesteps_.front());
}

Tensor DDIMScheduler::scale_model_input(const Tensor& sample, int) const { return sample; }

Tensor DDIMScheduler::guess_clean(const Tensor& output, int i, const Tensor& sample) const {
  const float alpha_bar_t = alpha_bar(static_cast<int64_t>(timesteps_.at(i)));
  const Tensor x0 = clean_sample(config_.prediction_type, output, sample, std::sqrt(alpha_bar_t),
                                 std::sqrt(1 - alpha_bar_t));
  return limit_clean_sample(config_, x0, true);
}

Tensor DDIMScheduler::step(const Tensor& output, int i, const Tensor& sample, NoiseSource& noise) {
  const auto t = static_cast<int64_t>(timesteps_.at(i));
  const float alpha_bar_t = alpha_bar(t);
  const float alpha_bar_next = alpha_bar(t - stride_);

  // The clean sample and the noise that the output stands for.
  const Tensor x0 = guess_clean(output, i, sample);
  const Tensor eps = noise_in(config_.prediction_type, output, sample, std::sqrt(alpha_bar_t),
                              std::sqrt(1 - alpha_bar_t));

  // Eq. 16 and 12.
  const float variance =
      (1 - alpha_bar_next) / (1 - alpha_bar_t) * (1 - alpha_bar_t / alpha_bar_next);
  const float s = static_cast<float>(config_.eta) * std::sqrt(variance);
  const Tensor direction = std::sqrt(1 - alpha_bar_next - s * s) * eps;
  const Tensor x = std::sqrt(alpha_bar_next) * x0 + direction;
  return config_.eta > 0 ? x + s * noise.draw(sample.shape()) : x;
}

Tensor DDIMScheduler::add_noise(const Tensor& original, const Tensor& noise, int i) const {
  const float a = alpha_bar(static_cast<int64_t>(timesteps_.at(i)));
  return std::sqrt(a) * original + std::sqrt(1 - a) * noise;
}

float DDIMScheduler::alpha_bar(int64_t timestep) const {
  if (timestep >= 0) return alpha_bars_.at(timestep);
  return config_.set_alpha_to_one ? 1.0f : alpha_bars_.front();
}

}  // namespace sdxl
