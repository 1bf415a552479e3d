#pragma once

#include <vector>

#include "sdxl/scheduler/scheduler.h"
#include "sdxl/scheduler/sigma_schedule.h"

namespace sdxl {

/// Heun's method on the probability-flow ODE: an Euler step predicts the next sample, and the mean
/// of the slopes at both ends corrects it.
///
///   d  = (x - x_0) / sigma,       x' = x + (sigma' - sigma) d                  algorithm 1, line 5
///   d' = (x' - x_0') / sigma',    x' = x + (sigma' - sigma) (d + d') / 2       algorithm 1, line 8
///
/// Each timestep but the first stands twice in timesteps(): its first entry ends the correction of
/// the step before, its second begins the next step. So n steps evaluate the UNet 2 n - 1 times;
/// the last step, to no noise, is Euler's.
///
/// diffusers: scheduling_heun_discrete.py, HeunDiscreteScheduler   paper: arXiv 2206.00364
class HeunDiscreteScheduler : public Scheduler {
 public:
  /// The noise schedule's default is linear from 0.00085 to 0.012. The final sigma is always zero.
  explicit HeunDiscreteScheduler(const SchedulerConfig& config);

  void set_timesteps(int steps) override;
  void use_timesteps(const std::vector<double>& given) override;
  int order() const override { return 2; }
  int steps() const override;
  NoiseLevel level(int i) const override;
  /// As Euler's.
  float init_noise_sigma() const override;
  Tensor step(const Tensor& output, int i, const Tensor& sample, NoiseSource& noise) override;

 private:
  void begin(const SigmaSchedule& schedule);

  std::vector<float> training_sigmas_;
  std::vector<float> sigmas_;  // of the entries of timesteps(), and of the result
  Tensor start_, slope_;       // of the step that is half done
};

}  // namespace sdxl
