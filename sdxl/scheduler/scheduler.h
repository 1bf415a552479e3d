#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sdxl/noise_source.h"
#include "sdxl/scheduler/noise_level.h"
#include "sdxl/scheduler/scheduler_config.h"
#include "tensor/tensor.h"

namespace sdxl {

using tensor::Tensor;

/// Takes noise to an image in n steps. Step i turns the sample at timesteps()[i] into the sample at
/// timesteps()[i + 1]; the last step returns the finished latents.
///
/// A new scheduler overrides three functions: set_timesteps, level and step.
///
/// A step is named by its number and not by its timestep, as a schedule may hold a timestep twice:
/// a method that evaluates the UNet twice for a step (Heun) has both as entries of timesteps().
/// Samples and all tensors below are (N, C, H, W), in the pipelines (N, 4, h, w).
/// diffusers: schedulers/scheduling_utils.py, SchedulerMixin
class Scheduler {
 public:
  explicit Scheduler(SchedulerConfig config) : config_(std::move(config)) {}
  virtual ~Scheduler() = default;

  /// Chooses the timesteps. Errors: std::invalid_argument unless 1 <= steps <= the training steps.
  virtual void set_timesteps(int steps) = 0;
  /// Uses given timesteps, noisiest first, in place of a number of them.   diffusers: set_timesteps,
  /// where it has an argument of this name
  /// Errors: std::invalid_argument for a scheduler that can't, and see given_timesteps.
  virtual void use_timesteps(const std::vector<double>& given);
  /// Uses given noise levels, noise / signal, noisiest first; the last one is that of the result.
  /// Errors: std::invalid_argument for a scheduler that can't, and see given_sigmas.
  virtual void use_sigmas(const std::vector<double>& given);
  /// The chosen timesteps, noisiest first; some schedules have fractional ones.
  const std::vector<float>& timesteps() const { return timesteps_; }

  /// Entries of timesteps() for one step of the method: 2 where it evaluates the UNet twice.
  virtual int order() const { return 1; }
  /// The number of the method's steps: that of set_timesteps, or of the given ones. A strength is a
  /// share of these.   diffusers: num_inference_steps
  virtual int steps() const { return static_cast<int>(timesteps_.size()); }

  /// Whether timesteps() are steps of training, so that a share of training's steps (denoising_end)
  /// ends a run. EDM's are log(sigma) / 4.
  virtual bool counts_training_steps() const { return true; }

  /// The noise level of the sample that step i takes, 0 <= i < n; for i = n the level of the sample
  /// that the last step returns.
  virtual NoiseLevel level(int i) const = 0;
  /// One step: the sample at level(i), unscaled, and the UNet's output for it become the sample at
  /// level(i + 1). Draws from `noise` where the method is random.
  /// Shapes: all as `sample`; a UNet with a learned variance returns `output` (N, 2 C, H, W).
  virtual Tensor step(const Tensor& output, int i, const Tensor& sample, NoiseSource& noise) = 0;

  /// The first sample is init_noise_sigma times standard normal noise.
  virtual float init_noise_sigma() const { return 1; }
  /// The sample as the UNet expects it at step i: x / deviation, whose variance is preserved.
  virtual Tensor scale_model_input(const Tensor& sample, int i) const;
  /// The predicted x_0: what the UNet's output at step i implies for the unscaled sample, clipped
  /// as the config says.   diffusers: pred_original_sample of a step's result
  virtual Tensor predict_original_sample(const Tensor& output, int i, const Tensor& sample) const;
  /// x = signal original + noise eps at level(i): x_0 brought to the noise of step i.
  virtual Tensor add_noise(const Tensor& original, const Tensor& eps, int i) const;

 protected:
  const SchedulerConfig config_;
  std::vector<float> timesteps_;
};

/// The program's names, such as "euler" and "dpmpp-2m-karras".
std::vector<std::string> scheduler_names();
/// A scheduler by the program's name, or for "" the one that `config` is written for.
/// Errors: std::invalid_argument for an unknown name, with the known ones; std::runtime_error for a
/// config of a class that isn't built here and no name, or of one for flow matching, and for settings
/// that the scheduler does not support.
std::unique_ptr<Scheduler> make_scheduler(const SchedulerConfig& config,
                                          const std::string& name = "");

/// Chooses the timesteps: `timesteps` or `sigmas` where they are given, else `steps`.
/// Errors: std::invalid_argument where both are given.   diffusers: retrieve_timesteps
void set_schedule(Scheduler& scheduler, int steps, const std::vector<double>& timesteps,
                  const std::vector<double>& sigmas);

}  // namespace sdxl
