#pragma once

#include <vector>

#include "sdxl/scheduler/multistep.h"

namespace sdxl {

/// DPM-Solver and DPM-Solver++, multistep: the exact solution of the probability-flow ODE, except
/// that the UNet's prediction D is approximated by a polynomial in lambda through its last values.
///
///   lambda = log(alpha / sigma),   h = lambda' - lambda
///   x'     = sigma' / sigma x - alpha' f (D0 + D1 / 2),          f = e^-h - 1   ++   algorithm 2
///   x'     = alpha' / alpha x - sigma' f (D0 + D1 / 2),          f = e^h - 1    arXiv 2206.00927
///
/// D0 is the last prediction, D1 and D2 its divided differences. ++ predicts x_0, plain DPM-Solver
/// eps. The first order takes D0 alone; solver_type heun and the third order have for D1 the exact
/// (f / k - 1) with k = -h for ++ and else h, and the third order for D2 ((f - k) / k^2 - 1 / 2).
/// The SDE variants add fresh noise in every step.
///
/// diffusers: scheduling_dpmsolver_multistep.py, DPMSolverMultistepScheduler
/// paper: arXiv 2211.01095 (++);  arXiv 2206.00927 (plain DPM-Solver)
class DPMSolverMultistepScheduler : public MultistepScheduler {
 public:
  /// Errors: std::runtime_error naming the field, for unknown algorithms and solvers, plain
  /// DPM-Solver with a final sigma of zero, and sde-dpmsolver of third order.
  explicit DPMSolverMultistepScheduler(const SchedulerConfig& config);

  void set_timesteps(int steps) override;
  void use_timesteps(const std::vector<double>& given) override;
  Tensor step(const Tensor& output, int i, const Tensor& sample, NoiseSource& noise) override;

 private:
  /// What the method approximates: x_0, or eps.
  Tensor prediction(const Tensor& output, int i, const Tensor& sample) const;
  /// x' = x_share x + d[0] D0 + d[1] D1 + d[2] D2 + z_share z
  struct Shares {
    float x = 0;
    float d[3] = {};
    float z = 0;
  };
  Shares shares(int i, int order) const;
  /// D0, D1 and D2 at step i: as many as the order.
  std::vector<Tensor> differences(int i, int order) const;
  /// lambda_i+1 - lambda_i
  float log_snr_step(int i) const;

  bool is_plus_plus_;  // predicts x_0
  bool is_sde_;
};

}  // namespace sdxl
