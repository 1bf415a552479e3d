#include "sdxl/scheduler/tcd.h"

#include <cmath>

#include "sdxl/scheduler/noise_schedule.h"
#include "sdxl/scheduler/original_sample.h"
#include "sdxl/scheduler/timestep_spacing.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

/// x_0 is never clipped.
SchedulerConfig with_tcd_defaults(SchedulerConfig c) {
  c.clip_sample = false;
  c.thresholding = false;
  if (c.original_inference_steps > c.num_train_timesteps) {
    c.error("original_inference_steps", "expected no more than num_train_timesteps");
  }
  return trained_as_stable_diffusion(c);
}

}  // namespace

TCDScheduler::TCDScheduler(const SchedulerConfig& config)
    : Scheduler(with_tcd_defaults(config)), alpha_bars_(alpha_bars(config_)) {}

void TCDScheduler::set_timesteps(int steps) {
  timesteps_ = distilled_timesteps(config_, steps);
  check_terminal_snr(config_, level(0), timesteps_.front());
}

void TCDScheduler::use_timesteps(const std::vector<double>& given) {
  timesteps_ = given_timesteps(config_, given, true);
  check_terminal_snr(config_, level(0), timesteps_.front());
}

NoiseLevel TCDScheduler::level(int i) const {
  return NoiseLevel::variance_preserving(alpha_bars_.at(timestep(i)));
}

Tensor TCDScheduler::step(const Tensor& output, int i, const Tensor& sample, NoiseSource& noise) {
  const int64_t next = timestep(i + 1);
  const float kept = static_cast<float>(1 - config_.eta) * static_cast<float>(next);
  const float alpha_bar_s = alpha_bars_.at(static_cast<int64_t>(std::floor(kept)));
  const Tensor x0 = predict_original_sample(output, i, sample);
  const Tensor eps = predict_noise(config_.prediction_type, output, sample, level(i));

  const Tensor x_s = std::sqrt(alpha_bar_s) * x0 + std::sqrt(1 - alpha_bar_s) * eps;  // eq. 16
  if (config_.eta == 0 || i + 1 == steps()) return x_s;
  const float signal = alpha_bars_.at(next) / alpha_bar_s;
  return std::sqrt(signal) * x_s + std::sqrt(1 - signal) * noise.draw(sample.shape());  // eq. 17
}

int64_t TCDScheduler::timestep(int i) const {
  return i == static_cast<int>(timesteps_.size()) ? 0 : static_cast<int64_t>(timesteps_.at(i));
}

}  // namespace sdxl
