#pragma once

#include <vector>

#include "sdxl/scheduler/scheduler.h"
#include "sdxl/scheduler/sigma_schedule.h"

namespace sdxl {

/// Euler's method on the probability-flow ODE: a sample x = x_0 + sigma eps moves along the line to
/// the predicted x_0, from each noise level to the next.
///
///   d  = (x - x_0) / sigma                         algorithm 2, line 7
///   x' = x + (sigma' - sigma) d                    algorithm 2, line 8, without extra noise
///
/// The UNet was trained on samples of preserved variance, so its input is x / sqrt(sigma^2 + 1).
///
/// diffusers: scheduling_euler_discrete.py, EulerDiscreteScheduler   paper: arXiv 2206.00364
class EulerDiscreteScheduler : public Scheduler {
 public:
  /// Errors: std::runtime_error naming the field, for log_linear interpolation and continuous
  /// timesteps.
  explicit EulerDiscreteScheduler(const SchedulerConfig& config);

  void set_timesteps(int steps) override;
  void use_timesteps(const std::vector<double>& given) override;
  void use_sigmas(const std::vector<double>& given) override;
  NoiseLevel level(int i) const override;
  /// The largest sigma; with leading spacing sqrt(sigma^2 + 1), as in diffusers.
  float init_noise_sigma() const override;
  Tensor step(const Tensor& output, int i, const Tensor& sample, NoiseSource& noise) override;

 private:
  void begin(const SigmaSchedule& schedule);

  std::vector<float> training_sigmas_;
  std::vector<float> sigmas_;  // of the n steps, and of the sample after the last one
};

}  // namespace sdxl
