#pragma once

#include <vector>

#include "sdxl/scheduler/scheduler.h"

namespace sdxl {

/// PNDM, the scheduler of Stable Diffusion 1: DDIM's step, with a combination of the last four
/// predictions of the noise.
///
///   eps = (55 e_0 - 59 e_1 + 37 e_2 - 9 e_3) / 24                                          eq. 12
///   x'  = sqrt(a' / a) x - (a' - a) eps / (a sqrt(1 - a') + sqrt(a (1 - a) a'))            eq. 11
///
/// where a is alpha_bar and e_0 the newest output. A start needs other combinations:
/// skip_prk_steps (PLMS, Stable Diffusion's choice) takes those of lower order, and evaluates the
/// second timestep twice, to correct the first step; else three steps of Runge-Kutta's method, eq.
/// 13, evaluate four times each. All evaluations are entries of timesteps().
///
/// diffusers: scheduling_pndm.py, PNDMScheduler   paper: arXiv 2202.09778
class PNDMScheduler : public Scheduler {
 public:
  /// Errors: std::runtime_error for prediction_type sample.
  explicit PNDMScheduler(const SchedulerConfig& config);

  /// Errors: std::invalid_argument also for fewer than 4 steps without skip_prk_steps.
  void set_timesteps(int steps) override;
  int steps() const override { return steps_; }
  NoiseLevel level(int i) const override;
  /// The start is that of the run and not of the schedule: of the first call after set_timesteps.
  Tensor step(const Tensor& output, int i, const Tensor& sample, NoiseSource& noise) override;

 private:
  Tensor runge_kutta_step(const Tensor& output, int i, const Tensor& sample);
  Tensor multistep_step(const Tensor& output, int i, const Tensor& sample);
  /// Eq. 11 between two timesteps.
  Tensor transfer(const Tensor& x, int64_t from, int64_t to, const Tensor& output) const;
  int64_t timestep(int i) const;
  float alpha_bar(int64_t timestep) const;

  std::vector<float> alpha_bars_;
  int steps_ = 0;
  int64_t stride_ = 0;           // T / n
  int runge_kutta_ = 0;          // entries of timesteps() for the start by Runge-Kutta
  int calls_ = 0;                // of step, since set_timesteps
  std::vector<Tensor> outputs_;  // newest first
  Tensor start_;                 // the sample where a step of several evaluations begins
  Tensor combined_;              // of the outputs of such a step
};

}  // namespace sdxl
