#pragma once

#include <vector>

#include "sdxl/scheduler/scheduler.h"

namespace sdxl {

/// Denoising diffusion without chance: the same guess of the clean sample as DDPM's, and from there
/// back to the next timestep's noise level along the noise that was seen.
///
///   x_0  = (x_t - sqrt(1 - alpha_bar) eps) / sqrt(alpha_bar)
///   s    = eta sqrt((1 - alpha_bar') / (1 - alpha_bar)) sqrt(1 - alpha_bar / alpha_bar')   eq. 16
///   x_t' = sqrt(alpha_bar') x_0 + sqrt(1 - alpha_bar' - s^2) eps + s z                     eq. 12
///
/// eta = 0 draws no noise at all; eta = 1 is DDPM. The next timestep is t - T / n, counted and not
/// looked up, so that a schedule with an offset ends below 0: there alpha_bar' is 1, or that of
/// timestep 0 without set_alpha_to_one.
///
/// diffusers: scheduling_ddim.py, DDIMScheduler   paper: arXiv 2010.02502
class DDIMScheduler : public Scheduler {
 public:
  explicit DDIMScheduler(const SchedulerConfig& config);

  void set_timesteps(int steps) override;
  float init_noise_sigma() const override { return 1; }
  Tensor scale_model_input(const Tensor& sample, int i) const override;
  Tensor guess_clean(const Tensor& output, int i, const Tensor& sample) const override;
  Tensor step(const Tensor& output, int i, const Tensor& sample, NoiseSource& noise) override;
  Tensor add_noise(const Tensor& original, const Tensor& noise, int i) const override;

 private:
  float alpha_bar(int64_t timestep) const;

  SchedulerConfig config_;
  std::vector<float> alpha_bars_;
  int64_t stride_ = 0;  // T / n
};

}  // namespace sdxl
