#pragma once

#include <vector>

#include "sdxl/scheduler/scheduler.h"

namespace sdxl {

/// Euler's method for a UNet that was trained in EDM's form (Playground 2.5): see EdmPrecondition.
///
///   x' = x + (sigma' - sigma) (x - x_0) / sigma                 algorithm 2, without extra noise
///
/// diffusers: scheduling_edm_euler.py, EDMEulerScheduler
/// paper: arXiv 2206.00364;  arXiv 2402.17245 (Playground 2.5)
class EDMEulerScheduler : public Scheduler {
 public:
  /// Errors: std::runtime_error for prediction_type sample.
  explicit EDMEulerScheduler(const SchedulerConfig& config);

  void set_timesteps(int steps) override;
  NoiseLevel level(int i) const override;
  float init_noise_sigma() const override;
  bool counts_training_steps() const override { return false; }
  Tensor scale_model_input(const Tensor& sample, int i) const override;
  Tensor predict_original_sample(const Tensor& output, int i, const Tensor& sample) const override;
  Tensor step(const Tensor& output, int i, const Tensor& sample, NoiseSource& noise) override;

 private:
  std::vector<float> sigmas_;  // of the n steps, and of the sample after the last one
};

}  // namespace sdxl
