#include "sdxl/pipeline/denoise.h"

#include <algorithm>
#include <cmath>

#include "tensor/error.h"

namespace sdxl {

namespace {

/// The timestep after this share of training's steps, counted from the noisiest.
double cutoff(double share, int64_t num_train_timesteps) {
  const auto total = static_cast<double>(num_train_timesteps);
  return std::nearbyint(total - share * total);  // halves to even
}

}  // namespace

Tensor denoise(const UNet2DConditionModel& unet, Scheduler& scheduler, const StepRange& steps,
               Tensor latents, const Guidance& guidance, NoiseSource& noise,
               const StepHooks& hooks) {
  GuidedUNet guided(unet, guidance, latents.dim(0));
  const int n = steps.count();
  const auto entries = static_cast<double>(scheduler.timesteps().size() - steps.first);
  for (int i = steps.first; i < steps.last; ++i) {
    const int k = i - steps.first;
    if (hooks.before) hooks.before(k, n);
    const Tensor input = scheduler.scale_model_input(latents, i);
    const Tensor eps =
        guided.predict(input, scheduler.timesteps()[i], {k / entries, (k + 1) / entries});
    if (hooks.predicted) hooks.predicted(k, n, scheduler.predict_original_sample(eps, i, latents));
    latents = scheduler.step(eps, i, latents, noise);  // x_t -> x_{t-1}
    if (hooks.edit) latents = hooks.edit(k, n, latents);
    if (hooks.after) hooks.after(k, n, latents);
  }
  return latents;
}

int steps_until(const Scheduler& scheduler, std::optional<double> denoising_end,
                int64_t num_train_timesteps) {
  const std::vector<float>& timesteps = scheduler.timesteps();
  const bool stops_early = denoising_end && *denoising_end > 0.0 && *denoising_end < 1.0;
  if (!stops_early) return static_cast<int>(timesteps.size());
  tensor::require(scheduler.counts_training_steps(),
                  "denoising_end and denoising_start are shares of training's steps, which EDM's "
                  "schedule does not have");
  const double end = cutoff(*denoising_end, num_train_timesteps);
  return static_cast<int>(
      std::count_if(timesteps.begin(), timesteps.end(), [&](float t) { return t >= end; }));
}

StepRange steps_from(const Scheduler& scheduler, double denoising_start,
                     int64_t num_train_timesteps) {
  const auto entries = static_cast<int>(scheduler.timesteps().size());
  const int first = steps_until(scheduler, denoising_start, num_train_timesteps);
  const bool is_within_a_step = scheduler.order() == 2 && first % 2 == 1;
  return {is_within_a_step ? first - 1 : first, entries};
}

StepRange steps_for_strength(const Scheduler& scheduler, double strength) {
  const int n = scheduler.steps();
  const int taken = std::min(static_cast<int>(n * strength), n);
  tensor::require(taken >= 1,
                  "strength: {} of {} steps is less than one step; expected at least {}", strength,
                  n, 1.0 / n);
  return {(n - taken) * scheduler.order(), static_cast<int>(scheduler.timesteps().size())};
}

}  // namespace sdxl
