#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "sdxl/pipeline/guidance.h"
#include "sdxl/scheduler/scheduler.h"

namespace sdxl {

/// Some of a schedule's steps: `first`, first + 1 ... last - 1.
struct StepRange {
  int first = 0;
  int last = 0;
  int count() const { return last - first; }
};

/// Called around step i of the n that are taken, if set: `guess` once the UNet has answered, with
/// the clean sample that the step aims at.
struct StepHooks {
  std::function<void(int i, int n)> before = nullptr;
  std::function<void(int i, int n, const Tensor& x0)> guess = nullptr;
  std::function<void(int i, int n, const Tensor& latents)> after = nullptr;
};

/// From noise to latents, the loop that all pipelines share:
///
///   for t in timesteps[first:last]:
///     eps = guided UNet(scale_model_input(x, t), t)
///     x   = step(eps, t, x)
///
/// latents (N, 4, h, w) at the noise level of step `first` -> the same at that of step `last`
/// diffusers: pipeline_stable_diffusion_xl.py, __call__
/// paper: arXiv 2006.11239, algorithm 2;  arXiv 2307.01952
Tensor denoise(const UNet2DConditionModel& unet, Scheduler& scheduler, const StepRange& steps,
               Tensor latents, const Guidance& guidance, NoiseSource& noise,
               const StepHooks& hooks = {});

/// How many of the steps to take when stopping early: those whose timestep is not below
/// round(T - denoising_end T) of T training steps. All of them unless 0 < denoising_end < 1.
int steps_until(const std::vector<float>& timesteps, std::optional<double> denoising_end,
                int64_t num_train_timesteps);

/// The steps that are left after another model stopped at `denoising_start`: those whose timestep
/// is below round(T - denoising_start T). With steps_until the same share splits a schedule in two,
/// so that no step is taken twice and none is left out.
/// Expects 0 < denoising_start < 1.
StepRange steps_from(const std::vector<float>& timesteps, double denoising_start,
                     int64_t num_train_timesteps);

/// The last int(n strength) of n steps, for an image that is changed the less the smaller
/// `strength` is. The product is rounded down: 0.58 of 50 steps are 28.
/// Errors: std::invalid_argument when no step is left.
StepRange steps_of_strength(const std::vector<float>& timesteps, double strength);

}  // namespace sdxl
