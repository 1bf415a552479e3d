#pragma once

#include <vector>

#include "sdxl/scheduler/scheduler.h"

namespace sdxl {

/// Latent consistency: a UNet trained to see the finished image from every noise level. A step
/// takes what it sees, and noises it again to the next, lower level.
///
///   x_0      = (x_t - sqrt(1 - alpha_bar) eps) / sqrt(alpha_bar)
///   c_skip   = 0.25 / ((s t)^2 + 0.25),   c_out = s t / sqrt((s t)^2 + 0.25),   s =
///   timestep_scaling f        = c_skip x_t + c_out x_0                                       eq. 9
///   x_t'     = sqrt(alpha_bar') f + sqrt(1 - alpha_bar') z                  algorithm 3; f at last
///
/// The timesteps are some of the original_inference_steps that the UNet was distilled with.
///
/// diffusers: scheduling_lcm.py, LCMScheduler   paper: arXiv 2310.04378; arXiv 2303.01469
class LCMScheduler : public Scheduler {
 public:
  explicit LCMScheduler(const SchedulerConfig& config);

  /// Errors: std::invalid_argument for more steps than original_inference_steps.
  void set_timesteps(int steps) override;
  float init_noise_sigma() const override { return 1; }
  Tensor scale_model_input(const Tensor& sample, int i) const override;
  Tensor guess_clean(const Tensor& output, int i, const Tensor& sample) const override;
  Tensor step(const Tensor& output, int i, const Tensor& sample, NoiseSource& noise) override;
  Tensor add_noise(const Tensor& original, const Tensor& noise, int i) const override;

 private:
  float alpha_bar(size_t i) const;

  SchedulerConfig config_;
  std::vector<float> alpha_bars_;
};

}  // namespace sdxl
