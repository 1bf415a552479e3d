#pragma once

#include <vector>

#include "sdxl/scheduler/scheduler.h"
#include "sdxl/scheduler/sigma_schedule.h"

namespace sdxl {

/// DPM-Solver of second order in single steps, in Euler's variables: an Euler step goes to the
/// middle of the way in log sigma, and the slope there makes the whole step.
///
///   s  = sqrt(sigma sigma'),    u  = x + (s - sigma) (x - x_0) / sigma        algorithm 1
///                               x' = x + (sigma' - sigma) (u - u_0) / s
///
/// The middles are entries of timesteps() between those of the steps: n steps evaluate the UNet
/// 2 n - 1 times. The last step, to no noise, is Euler's.
///
/// diffusers: scheduling_k_dpm_2_discrete.py, KDPM2DiscreteScheduler   paper: arXiv 2206.00927
class KDPM2DiscreteScheduler : public Scheduler {
 public:
  /// The noise schedule's default is linear from 0.00085 to 0.012. The final sigma is always zero.
  /// Errors: std::runtime_error for prediction_type sample.
  explicit KDPM2DiscreteScheduler(const SchedulerConfig& config);

  void set_timesteps(int steps) override;
  int order() const override { return 2; }
  int steps() const override;
  NoiseLevel level(int i) const override;
  /// As Euler's.
  float init_noise_sigma() const override;
  /// In the middle of a step the noise is that of its end, as in diffusers.
  Tensor add_noise(const Tensor& original, const Tensor& eps, int i) const override;
  Tensor step(const Tensor& output, int i, const Tensor& sample, NoiseSource& noise) override;

 private:
  std::vector<float> training_sigmas_;
  std::vector<float> sigmas_;  // of the entries of timesteps(), and of the result
  Tensor start_;               // of the step that is half done
};

}  // namespace sdxl
