#pragma once

#include "sdxl/scheduler/euler_discrete.h"

namespace sdxl {

/// An Euler step to a lower noise level sigma_down, then fresh noise up to sigma'. So the image
/// does not converge with more steps.
///
///   sigma_up   = sqrt(sigma'^2 (sigma^2 - sigma'^2) / sigma^2)
///   sigma_down = sqrt(sigma'^2 - sigma_up^2)
///   x'         = x + (sigma_down - sigma) (x - x_0) / sigma + sigma_up z
///
/// It is DDPM with the smaller variance, in Euler's variables. Every step draws noise, also the
/// last one, where sigma_up is 0.
///
/// diffusers: scheduling_euler_ancestral_discrete.py, EulerAncestralDiscreteScheduler
/// paper: k-diffusion's sample_euler_ancestral; arXiv 2010.02502, eq. 16 with eta = 1
class EulerAncestralDiscreteScheduler : public EulerDiscreteScheduler {
 public:
  /// Ignores the config's sigma spacing and final sigma, which are for other schedulers.
  /// Errors: std::runtime_error for prediction_type sample.
  explicit EulerAncestralDiscreteScheduler(const SchedulerConfig& config);

  void use_timesteps(const std::vector<double>& given) override;
  void use_sigmas(const std::vector<double>& given) override;
  Tensor step(const Tensor& output, int i, const Tensor& sample, NoiseSource& noise) override;
};

}  // namespace sdxl
