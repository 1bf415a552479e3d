#include "sdxl/scheduler/lcm.h"

#include <algorithm>
#include <cmath>

#include "sdxl/scheduler/noise_schedule.h"
#include "sdxl/scheduler/original_sample.h"
#include "sdxl/scheduler/timestep_spacing.h"
#include "tensor/ops.h"

namespace sdxl {

LCMScheduler::LCMScheduler(const SchedulerConfig& config)
    : Scheduler(trained_as_stable_diffusion(config)), alpha_bars_(alpha_bars(config_)) {
  if (config.original_inference_steps > config.num_train_timesteps) {
    config.error("original_inference_steps", "expected no more than num_train_timesteps");
  }
}

void LCMScheduler::set_timesteps(int steps) {
  timesteps_ = distilled_timesteps(config_, steps);
  check_terminal_snr(config_, level(0), timesteps_.front());
}

void LCMScheduler::use_timesteps(const std::vector<double>& given) {
  timesteps_ = given_timesteps(config_, given, true);
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
