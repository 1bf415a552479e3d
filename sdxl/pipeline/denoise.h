#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "sdxl/pipeline/guidance.h"
#include "sdxl/scheduler/scheduler.h"

namespace sdxl {

/// A part of a schedule: the steps first, first + 1 ... last - 1.
struct StepRange {
  int first = 0;
  int last = 0;
  int count() const { return last - first; }
};

/// Functions that are called, where set, in step i of the n that a run takes, in this order.
struct StepHooks {
  /// Before the UNet runs.
  std::function<void(int i, int n)> before = nullptr;
  /// With the predicted x_0 (N, 4, h, w).   diffusers: pred_original_sample
  std::function<void(int i, int n, const Tensor& x0)> predicted = nullptr;
  /// With the next sample (N, 4, h, w); the returned tensor, of the same shape, replaces it.
  /// diffusers: callback_on_step_end, which may return latents
  std::function<Tensor(int i, int n, const Tensor& latents)> edit = nullptr;
  /// With the sample (N, 4, h, w) that the next step takes.
  std::function<void(int i, int n, const Tensor& latents)> after = nullptr;
};

/// The denoising loop of all pipelines:
///
///   for t in timesteps[first:last]:
///     eps = guided UNet(scale_model_input(x, t), t)
///     x   = step(eps, t, x)
///
/// latents (N, 4, h, w) at the noise level of step `first` -> the same at that of step `last`
/// Errors: those of GuidedUNet.
/// diffusers: pipeline_stable_diffusion_xl.py, __call__
/// paper: arXiv 2006.11239, algorithm 2;  arXiv 2307.01952
Tensor denoise(const UNet2DConditionModel& unet, Scheduler& scheduler, const StepRange& steps,
               Tensor latents, const Guidance& guidance, NoiseSource& noise,
               const StepHooks& hooks = {});

/// The number of steps before denoising_end: those whose timestep is at least
/// round(T - denoising_end T) of T training steps. All steps unless 0 < denoising_end < 1.
/// Errors: std::invalid_argument for a scheduler whose timesteps are not those of training (EDM).
int steps_until(const Scheduler& scheduler, std::optional<double> denoising_end,
                int64_t num_train_timesteps);

/// The steps after denoising_start: those whose timestep is below round(T - denoising_start T).
/// steps_until and steps_from with one share split a schedule: each step is in exactly one part.
/// A method of second order (Heun) starts with a whole step: it takes the entry before, too, where
/// the share falls between the two evaluations of a step.
/// Expects 0 < denoising_start < 1.   diffusers: pipeline_stable_diffusion_xl_img2img.py,
/// get_timesteps
StepRange steps_from(const Scheduler& scheduler, double denoising_start,
                     int64_t num_train_timesteps);

/// The last int(n strength) of a method's n steps: the smaller `strength`, the less an image
/// changes. The product is rounded down: 0.58 of 50 steps are 28.
/// Errors: std::invalid_argument when no step is left.
/// diffusers: pipeline_stable_diffusion_xl_img2img.py, get_timesteps
StepRange steps_for_strength(const Scheduler& scheduler, double strength);

}  // namespace sdxl
