#pragma once

#include "sdxl/scheduler/dpm_solver_multistep.h"

namespace sdxl {

/// DPM-Solver++ (2M) for a UNet that was trained in EDM's form, Playground 2.5's own scheduler. Its
/// samples are x_0 + sigma eps, so alpha = 1 in the solver's formulas; see EdmPrecondition for x_0.
///
/// diffusers: scheduling_edm_dpmsolver_multistep.py, EDMDPMSolverMultistepScheduler
/// paper: arXiv 2211.01095, algorithm 2;  arXiv 2206.00364;  arXiv 2402.17245 (Playground 2.5)
class EDMDPMSolverMultistepScheduler : public DPMSolverMultistepScheduler {
 public:
  /// Errors: std::runtime_error for prediction_type sample, plain dpmsolver, and an SDE of third
  /// order.
  explicit EDMDPMSolverMultistepScheduler(const SchedulerConfig& config);

  void set_timesteps(int steps) override;
  void use_timesteps(const std::vector<double>& given) override;
  NoiseLevel level(int i) const override;
  float init_noise_sigma() const override;
  bool counts_training_steps() const override { return false; }
  Tensor scale_model_input(const Tensor& sample, int i) const override;
  Tensor predict_original_sample(const Tensor& output, int i, const Tensor& sample) const override;
};

}  // namespace sdxl
