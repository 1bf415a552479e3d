#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sdxl/noise_source.h"
#include "sdxl/scheduler/scheduler_config.h"
#include "tensor/tensor.h"

namespace sdxl {

using tensor::Tensor;

/// Walks from noise to an image in a number of steps. Step i takes the sample at timesteps()[i] to
/// that at timesteps()[i + 1], and the last one to the finished latents.
///
/// Why a step's number and not its timestep: schedules may hold a timestep twice.
class Scheduler {
 public:
  virtual ~Scheduler() = default;

  /// Chooses the timesteps. Errors: std::invalid_argument unless 1 <= steps <= the training steps.
  virtual void set_timesteps(int steps) = 0;
  /// The chosen timesteps, noisiest first; fractional for some schedules.
  const std::vector<float>& timesteps() const { return timesteps_; }

  /// What unit noise is multiplied by to be the first sample.
  virtual float init_noise_sigma() const = 0;
  /// The sample as the UNet expects it at step i.
  virtual Tensor scale_model_input(const Tensor& sample, int i) const = 0;
  /// The clean sample that the UNet's output at step i implies: what a step aims at.
  /// diffusers: pred_original_sample of a step's result
  virtual Tensor guess_clean(const Tensor& output, int i, const Tensor& sample) const = 0;
  /// The next sample, from the UNet's output at step i and the (unscaled) sample.
  virtual Tensor step(const Tensor& output, int i, const Tensor& sample, NoiseSource& noise) = 0;
  /// A clean sample brought to the noise level of step i.
  virtual Tensor add_noise(const Tensor& original, const Tensor& noise, int i) const = 0;

 protected:
  std::vector<float> timesteps_;
};

/// The program's names: "ddpm", "ddim", "euler", "euler-ancestral", "dpmpp-2m", "dpmpp-2m-karras",
/// "lcm".
std::vector<std::string> scheduler_names();
/// A scheduler by the program's name, or for "" the one that `config` is written for.
/// Errors: std::invalid_argument for an unknown name, with the known ones.
std::unique_ptr<Scheduler> make_scheduler(const SchedulerConfig& config,
                                          const std::string& name = "");

}  // namespace sdxl
