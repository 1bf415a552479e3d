#pragma once

#include <vector>

#include "sdxl/scheduler/scheduler.h"

namespace sdxl {

/// Deterministic DDPM (eta = 0): a step goes from the predicted x_0 to the noise level of the next
/// timestep with the predicted noise; eta adds fresh noise.
///
///   x_0  = (x_t - sqrt(1 - alpha_bar) eps) / sqrt(alpha_bar)
///   s    = eta sqrt((1 - alpha_bar') / (1 - alpha_bar)) sqrt(1 - alpha_bar / alpha_bar')   eq. 16
///   x_t' = sqrt(alpha_bar') x_0 + sqrt(1 - alpha_bar' - s^2) eps + s z                     eq. 12
///
/// eta = 0 draws no noise; eta = 1 is DDPM. The next timestep is t - T / n, and not the next
/// entry of timesteps(). Below timestep 0, after the last step, alpha_bar' is 1, or without
/// set_alpha_to_one that of timestep 0.
///
/// diffusers: scheduling_ddim.py, DDIMScheduler   paper: arXiv 2010.02502
class DDIMScheduler : public Scheduler {
 public:
  explicit DDIMScheduler(const SchedulerConfig& config);

  void set_timesteps(int steps) override;
  NoiseLevel level(int i) const override;
  Tensor step(const Tensor& output, int i, const Tensor& sample, NoiseSource& noise) override;

 private:
  float alpha_bar(int64_t timestep) const;

  std::vector<float> alpha_bars_;
  int64_t stride_ = 0;  // T / n
};

}  // namespace sdxl
