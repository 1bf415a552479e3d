#pragma once

#include "sdxl/scheduler/multistep.h"

namespace sdxl {

/// DEIS: the probability-flow ODE in rho = sigma / alpha, with the predicted noise approximated by
/// a polynomial in log(rho) through its last values.
///
///   x' / alpha' = x / alpha + sum_j C_j eps_j,    C_j = integral_rho^rho' L_j(log r) dr     eq. 15
///
/// L_j is the j-th Lagrange polynomial through log(rho) of the last predictions. The first order is
/// DDIM's step.
///
/// diffusers: scheduling_deis_multistep.py, DEISMultistepScheduler (rhoAB with log rho)
/// paper: arXiv 2204.13902
class DEISMultistepScheduler : public MultistepScheduler {
 public:
  /// Errors: std::runtime_error naming the field, for other algorithms and solvers.
  explicit DEISMultistepScheduler(const SchedulerConfig& config);

  /// The run ends at training's smallest noise level; along a curve, at that of its last step.
  void set_timesteps(int steps) override;
  Tensor step(const Tensor& output, int i, const Tensor& sample, NoiseSource& noise) override;

 private:
  /// C_0, C_1 ... of the newest prediction first, for a step of second or third order.
  std::vector<float> weights(int i, int order) const;
};

}  // namespace sdxl
