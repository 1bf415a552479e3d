#pragma once

#include <vector>

#include "sdxl/scheduler/scheduler.h"

namespace sdxl {

/// Latent consistency: the UNet was trained to predict x_0 in one step from every noise level. A
/// step takes this prediction, and adds noise of the next, lower level.
///
///   x_0    = (x_t - sqrt(1 - alpha_bar) eps) / sqrt(alpha_bar)
///   c_skip = 0.25 / ((s t)^2 + 0.25),   c_out = s t / sqrt((s t)^2 + 0.25)
///   f      = c_skip x_t + c_out x_0                                           eq. 9
///   x_t'   = sqrt(alpha_bar') f + sqrt(1 - alpha_bar') z                      algorithm 3
///
/// with s = timestep_scaling; the last step returns f. The timesteps are some of the
/// original_inference_steps of the UNet's distillation.
///
/// diffusers: scheduling_lcm.py, LCMScheduler   paper: arXiv 2310.04378; arXiv 2303.01469
class LCMScheduler : public Scheduler {
 public:
  explicit LCMScheduler(const SchedulerConfig& config);

  /// Errors: std::invalid_argument for more steps than original_inference_steps.
  void set_timesteps(int steps) override;
  void use_timesteps(const std::vector<double>& given) override;
  NoiseLevel level(int i) const override;
  Tensor step(const Tensor& output, int i, const Tensor& sample, NoiseSource& noise) override;

 private:
  std::vector<float> alpha_bars_;
};

}  // namespace sdxl
