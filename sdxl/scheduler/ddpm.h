#pragma once

#include <utility>
#include <vector>

#include "sdxl/scheduler/scheduler.h"

namespace sdxl {

/// Denoising diffusion: a step predicts x_0, and draws the sample of the next timestep from the
/// posterior for this x_0. So each step adds a little fresh noise.
///
///   x_0  = (x_t - sqrt(1 - alpha_bar) output) / sqrt(alpha_bar)                          eq. 15
///   x_t' = sqrt(alpha_bar') beta / (1 - alpha_bar) x_0
///          + sqrt(alpha) (1 - alpha_bar') / (1 - alpha_bar) x_t + sqrt(variance) z        eq. 7
///
/// with alpha_bar' of the next timestep (1 after the last), alpha = alpha_bar / alpha_bar' and
/// beta = 1 - alpha: eq. 7 for steps of any length. The step at t = 0 adds no noise.
///
/// diffusers: scheduling_ddpm.py, DDPMScheduler   paper: arXiv 2006.11239
class DDPMScheduler : public Scheduler {
 public:
  /// Errors: std::runtime_error for variance_type fixed_large_log, which gives NaN in diffusers.
  explicit DDPMScheduler(const SchedulerConfig& config);

  void set_timesteps(int steps) override;
  void use_timesteps(const std::vector<double>& given) override;
  NoiseLevel level(int i) const override;
  /// For the learned variance types only the output's first C channels predict x_0.
  Tensor predict_original_sample(const Tensor& output, int i, const Tensor& sample) const override;
  Tensor step(const Tensor& output, int i, const Tensor& sample, NoiseSource& noise) override;

 private:
  /// alpha_bar at the timestep of step i; 1 after the last step.
  float alpha_bar(size_t i) const;
  /// The prediction, and for the learned variance types the channels that predict the variance;
  /// else an empty tensor.
  std::pair<Tensor, Tensor> split_output(const Tensor& output, const Tensor& sample) const;
  /// The standard deviation of the noise that a step adds: (1, 1, 1, 1), or where the UNet predicts
  /// it, (N, C, H, W). `posterior` is the variance of eq. 7, `beta` its upper bound.
  Tensor deviation(float posterior, float beta, const Tensor& predicted) const;

  std::vector<float> alpha_bars_;
};

}  // namespace sdxl
