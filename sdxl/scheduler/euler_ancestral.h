#pragma once

#include "sdxl/scheduler/euler_discrete.h"

namespace sdxl {

/// Euler's method that goes a little too far and puts fresh noise back, so that what is drawn keeps
/// changing with every step.
///
///   sigma_up   = sqrt(sigma'^2 (sigma^2 - sigma'^2) / sigma^2)
///   sigma_down = sqrt(sigma'^2 - sigma_up^2)
///   x'         = x + (sigma_down - sigma) (x - x_0) / sigma + sigma_up z
///
/// The same chain as DDPM's with the smaller variance, in the variables of Euler's method. Noise is
/// drawn in every step, also in the last, where sigma_up is 0.
///
/// diffusers: scheduling_euler_ancestral_discrete.py, EulerAncestralDiscreteScheduler
/// paper: k-diffusion's sample_euler_ancestral; arXiv 2010.02502, eq. 16 with eta = 1
class EulerAncestralDiscreteScheduler : public EulerDiscreteScheduler {
 public:
  /// The config's Karras or exponential spacing and final sigma are other schedulers'.
  /// Errors: std::runtime_error for prediction_type sample.
  explicit EulerAncestralDiscreteScheduler(const SchedulerConfig& config);

  Tensor step(const Tensor& output, int i, const Tensor& sample, NoiseSource& noise) override;
};

}  // namespace sdxl
