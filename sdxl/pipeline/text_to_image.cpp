#include "sdxl/pipeline/text_to_image.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

Tensor first_sample(const StableDiffusionXL& model, const Scheduler& scheduler,
                    const TextToImage& args, NoiseSource& noise) {
  const auto [height, width] = args.size;
  tensor::require(height > 0 && width > 0 && height % 8 == 0 && width % 8 == 0,
                  "height and width: expected multiples of 8, got {} x {}", height, width);
  const int64_t pixels = model.vae.config().pixels_per_latent();
  const tensor::Shape shape = {args.num_images_per_prompt, model.unet.config().in_channels,
                               height / pixels, width / pixels};
  tensor::require(args.latents.empty() || args.latents.shape() == shape,
                  "latents: expected {} for {} pictures of {} x {} pixels, got {}", shape,
                  args.num_images_per_prompt, height, width, args.latents.shape());
  const Tensor unit = args.latents.empty() ? noise.draw(shape) : args.latents;
  return scheduler.init_noise_sigma() * unit;
}

}  // namespace

Tensor text_to_image(const StableDiffusionXL& model, Scheduler& scheduler, const TextToImage& args,
                     NoiseSource& noise, const StepHooks& hooks) {
  const Guidance guidance = make_guidance(model, args);
  scheduler.set_timesteps(args.num_inference_steps);
  const std::vector<float>& timesteps = scheduler.timesteps();
  const int n =
      steps_until(timesteps, args.denoising_end, model.scheduler_config.num_train_timesteps);

  Tensor latents = first_sample(model, scheduler, args, noise);
  for (int i = 0; i < n; ++i) {
    if (hooks.before) hooks.before(i, n);
    const Tensor input = scheduler.scale_model_input(latents, i);
    const Tensor eps = predict_guided(model.unet, input, timesteps[i], guidance);
    latents = scheduler.step(eps, i, latents, noise);  // x_t -> x_{t-1}
    if (hooks.after) hooks.after(i, n, latents);
  }
  return latents;
}

Guidance make_guidance(const StableDiffusionXL& model, const TextToImage& args) {
  const int64_t n = args.num_images_per_prompt;
  const int64_t distilled_dim = model.unet.config().time_cond_proj_dim;
  Guidance guidance;
  guidance.scale = args.guidance_scale;
  guidance.rescale = args.guidance_rescale;

  const PromptFeatures positive =
      encode_prompt(model, {args.prompt, args.prompt_2}, args.clip_skip);
  const PromptFeatures texts = repeat(positive, n);
  guidance.positive.context = texts.context;
  guidance.positive.pooled = texts.pooled;
  guidance.positive.time_ids = time_ids(args.sizes, n);
  if (distilled_dim > 0) {
    guidance.positive.timestep_cond =
        guidance_scale_embedding(args.guidance_scale, n, distilled_dim);
  }
  if (args.guidance_scale <= 1.0 || distilled_dim > 0) return guidance;

  const PromptFeatures negative = repeat(
      encode_negative_prompt(model, args.negative_prompt, args.negative_prompt_2, positive), n);
  guidance.negative.context = negative.context;
  guidance.negative.pooled = negative.pooled;
  std::tie(guidance.negative.time_ids, guidance.positive.time_ids) =
      guided_time_ids(args.negative_sizes.value_or(args.sizes), args.sizes, n);
  return guidance;
}

int steps_until(const std::vector<float>& timesteps, std::optional<double> denoising_end,
                int64_t num_train_timesteps) {
  const bool stops_early = denoising_end && *denoising_end > 0.0 && *denoising_end < 1.0;
  if (!stops_early) return static_cast<int>(timesteps.size());
  const auto total = static_cast<double>(num_train_timesteps);
  const double cutoff = std::nearbyint(total - *denoising_end * total);  // halves to even
  return static_cast<int>(
      std::count_if(timesteps.begin(), timesteps.end(), [&](float t) { return t >= cutoff; }));
}

}  // namespace sdxl
