#pragma once

#include <vector>

#include "sdxl/scheduler/scheduler.h"

namespace sdxl {

/// DPM-Solver++ (2M): the exact solution of the probability-flow ODE, except that the predicted x_0
/// is approximated by a line through the last two predictions.
///
///   lambda = log(alpha / sigma),   h = lambda' - lambda,   r = h_before / h
///   D0     = x_0,                  D1 = (x_0 - x_0 before) / r
///   x'     = sigma' / sigma x - alpha' (e^-h - 1) (D0 + D1 / 2)                  algorithm 2
///
/// for samples x = alpha x_0 + sigma eps. The first step, and a last step to no noise, take D0
/// alone: the first order, algorithm 1. solver_type heun multiplies D1 by (e^-h - 1) / h + 1
/// instead; algorithm_type sde-dpmsolver++ adds fresh noise in every step.
///
/// diffusers: scheduling_dpmsolver_multistep.py, DPMSolverMultistepScheduler
/// paper: arXiv 2211.01095
class DPMSolverMultistepScheduler : public Scheduler {
 public:
  /// Errors: std::runtime_error naming the field, for other algorithms than dpmsolver++ and
  /// sde-dpmsolver++, the third order, and exponential or beta sigmas.
  explicit DPMSolverMultistepScheduler(const SchedulerConfig& config);

  void set_timesteps(int steps) override;
  NoiseLevel level(int i) const override;
  Tensor step(const Tensor& output, int i, const Tensor& sample, NoiseSource& noise) override;

 private:
  bool is_first_order(int i) const;
  Tensor first_order(const Tensor& x, const Tensor& x0, int i, const Tensor& noise) const;
  Tensor second_order(const Tensor& x, const Tensor& x0, int i, const Tensor& noise) const;

  std::vector<float> training_sigmas_;
  std::vector<float> sigmas_;  // sigma / alpha of the n steps, and of the sample after the last one
  Tensor x0_before_;           // predicted by the step before; empty at the first step
};

}  // namespace sdxl
