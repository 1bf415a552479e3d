#pragma once

#include <utility>
#include <vector>

#include "sdxl/scheduler/scheduler.h"

namespace sdxl {

/// Denoising diffusion: each step guesses the clean sample, draws the sample of the next timestep
/// from the posterior that the guess implies, and so adds a little fresh noise.
///
///   x_0  = (x_t - sqrt(1 - alpha_bar) output) / sqrt(alpha_bar)                          eq. 15
///   x_t' = sqrt(alpha_bar') beta / (1 - alpha_bar) x_0
///          + sqrt(alpha) (1 - alpha_bar') / (1 - alpha_bar) x_t + sqrt(variance) z        eq. 7
///
/// with alpha_bar' the next timestep's (1 after the last), alpha = alpha_bar / alpha_bar' and
/// beta = 1 - alpha: eq. 7 for steps of any length. No noise is added at t = 0.
///
/// diffusers: scheduling_ddpm.py, DDPMScheduler   paper: arXiv 2006.11239
class DDPMScheduler : public Scheduler {
 public:
  /// Errors: std::runtime_error for variance_type fixed_large_log, which gives NaN in diffusers.
  explicit DDPMScheduler(const SchedulerConfig& config);

  void set_timesteps(int steps) override;
  float init_noise_sigma() const override { return 1; }
  Tensor scale_model_input(const Tensor& sample, int i) const override;
  Tensor guess_clean(const Tensor& output, int i, const Tensor& sample) const override;
  Tensor step(const Tensor& output, int i, const Tensor& sample, NoiseSource& noise) override;
  Tensor add_noise(const Tensor& original, const Tensor& noise, int i) const override;

 private:
  /// alpha_bar at the timestep of step i; 1 after the last step.
  float alpha_bar(size_t i) const;
  /// The prediction, and for the learned variance types the channels that predict the variance.
  std::pair<Tensor, Tensor> split_output(const Tensor& output, const Tensor& sample) const;
  /// The standard deviation of the noise that a step adds: one number, or one for each of the
  /// sample's when the UNet predicts it. `posterior` is the variance of eq. 7, `beta` its upper
  /// end.
  Tensor deviation(float posterior, float beta, const Tensor& predicted) const;

  SchedulerConfig config_;
  std::vector<float> alpha_bars_;
};

}  // namespace sdxl
