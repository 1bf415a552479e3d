#pragma once

#include <vector>

#include "sdxl/scheduler/scheduler.h"

namespace sdxl {

/// Euler's method on the probability flow: the sample x = x_0 + sigma eps walks straight towards
/// the clean sample that the UNet sees in it, from each noise level to the next.
///
///   d  = (x - x_0) / sigma                         algorithm 2, line 7
///   x' = x + (sigma' - sigma) d                    algorithm 2, line 8, without extra noise
///
/// The UNet knows samples that keep their variance, so it is given x / sqrt(sigma^2 + 1).
///
/// diffusers: scheduling_euler_discrete.py, EulerDiscreteScheduler   paper: arXiv 2206.00364
class EulerDiscreteScheduler : public Scheduler {
 public:
  /// Errors: std::runtime_error naming the field, for use_beta_sigmas, log_linear interpolation and
  /// continuous timesteps.
  explicit EulerDiscreteScheduler(const SchedulerConfig& config);

  void set_timesteps(int steps) override;
  /// The noise levels of the steps, and the one after the last step.
  const std::vector<float>& sigmas() const { return sigmas_; }

  float init_noise_sigma() const override;
  Tensor scale_model_input(const Tensor& sample, int i) const override;
  Tensor guess_clean(const Tensor& output, int i, const Tensor& sample) const override;
  Tensor step(const Tensor& output, int i, const Tensor& sample, NoiseSource& noise) override;
  Tensor add_noise(const Tensor& original, const Tensor& noise, int i) const override;

 protected:
  const SchedulerConfig& config() const { return config_; }

 private:
  TimestepSpacing spacing() const;

  SchedulerConfig config_;
  std::vector<float> training_sigmas_;
  std::vector<float> sigmas_;
};

}  // namespace sdxl
