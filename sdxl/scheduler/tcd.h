#pragma once

#include <vector>

#include "sdxl/scheduler/scheduler.h"

namespace sdxl {

/// Trajectory consistency: the UNet was trained to go in one step from timestep t to any timestep
/// s on the same trajectory. A step goes below the next timestep t', to s = (1 - eta) t', and fresh
/// noise leads from there up to t'.
///
///   x_s  = sqrt(alpha_bar_s) x_0 + sqrt(1 - alpha_bar_s) eps                          eq. 16
///   x_t' = sqrt(alpha_bar' / alpha_bar_s) x_s + sqrt(1 - alpha_bar' / alpha_bar_s) z     eq. 17
///
/// eta (the paper's gamma) = 0 draws no noise, and 1 is LCM's algorithm. The last step goes to
/// timestep 0 and draws none. The timesteps are LCM's.
///
/// diffusers: scheduling_tcd.py, TCDScheduler   paper: arXiv 2402.19159
class TCDScheduler : public Scheduler {
 public:
  explicit TCDScheduler(const SchedulerConfig& config);

  /// Errors: std::invalid_argument for more steps than original_inference_steps.
  void set_timesteps(int steps) override;
  void use_timesteps(const std::vector<double>& given) override;
  NoiseLevel level(int i) const override;
  Tensor step(const Tensor& output, int i, const Tensor& sample, NoiseSource& noise) override;

 private:
  /// The timestep of entry i; 0 after the last.
  int64_t timestep(int i) const;

  std::vector<float> alpha_bars_;
};

}  // namespace sdxl
