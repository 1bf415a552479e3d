#pragma once

#include <vector>

#include "sdxl/scheduler/scheduler.h"

namespace sdxl {

/// DPM-Solver++ (2M): solves the probability flow exactly but for the guess of the clean sample,
/// which is taken to change along a line through the last two guesses.
///
///   lambda = log(alpha / sigma),   h = lambda' - lambda,   r = h_before / h
///   D0     = x_0,                  D1 = (x_0 - x_0 before) / r
///   x'     = sigma' / sigma x - alpha' (e^-h - 1) (D0 + D1 / 2)                  algorithm 2
///
/// with the sample x = alpha x_0 + sigma eps. The first step, with no guess before it, and a last
/// step to no noise take D0 alone: the first order, algorithm 1. solver_type heun weighs D1 by
/// (e^-h - 1) / h + 1 instead; algorithm_type sde-dpmsolver++ adds fresh noise in every step.
///
/// diffusers: scheduling_dpmsolver_multistep.py, DPMSolverMultistepScheduler
/// paper: arXiv 2211.01095
class DPMSolverMultistepScheduler : public Scheduler {
 public:
  /// Errors: std::runtime_error naming the field, for other algorithms than dpmsolver++ and
  /// sde-dpmsolver++, the third order, and exponential or beta sigmas.
  explicit DPMSolverMultistepScheduler(const SchedulerConfig& config);

  void set_timesteps(int steps) override;
  /// The noise levels sigma / alpha of the steps, and the one after the last step.
  const std::vector<float>& sigmas() const { return sigmas_; }

  float init_noise_sigma() const override { return 1; }
  Tensor scale_model_input(const Tensor& sample, int i) const override;
  Tensor guess_clean(const Tensor& output, int i, const Tensor& sample) const override;
  Tensor step(const Tensor& output, int i, const Tensor& sample, NoiseSource& noise) override;
  Tensor add_noise(const Tensor& original, const Tensor& noise, int i) const override;

 private:
  bool is_first_order(int i) const;
  Tensor first_order(const Tensor& x, const Tensor& x0, int i, const Tensor& noise) const;
  Tensor second_order(const Tensor& x, const Tensor& x0, int i, const Tensor& noise) const;

  SchedulerConfig config_;
  std::vector<float> training_sigmas_;
  std::vector<float> sigmas_;
  Tensor x0_before_;  // the guess of the step before; empty at the start
};

}  // namespace sdxl
