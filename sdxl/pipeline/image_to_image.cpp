#include "sdxl/pipeline/image_to_image.h"

#include "sdxl/pipeline/latents.h"
#include "sdxl/pipeline/repeat_rows.h"
#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

bool is_share(const std::optional<double>& value) { return value && *value > 0.0 && *value < 1.0; }

}  // namespace

void check_image(const StableDiffusionXL& model, const ImageToImage& args) {
  const Tensor& x = args.image;
  const int64_t latent_channels = model.vae->latent_channels();
  const int64_t pixels = model.vae->pixels_per_latent();
  tensor::require(x.shape().rank() == 4 && (x.dim(1) == 3 || x.dim(1) == latent_channels),
                  "image: expected an image (N, 3, H, W) or latents (N, {}, h, w), got {}",
                  latent_channels, x.shape());
  tensor::require(x.dim(1) != 3 || (x.dim(2) % pixels == 0 && x.dim(3) % pixels == 0),
                  "image: expected sides in multiples of {}, got {}", pixels, x.shape());
  tensor::require(x.dim(0) >= 1 && args.num_images_per_prompt % x.dim(0) == 0,
                  "image: expected one, or one for each of {} images to draw, got {}",
                  args.num_images_per_prompt, x.dim(0));
}

Tensor image_latents(const StableDiffusionXL& model, const Tensor& image, NoiseSource& noise) {
  const bool is_image = image.dim(1) == 3;
  return is_image ? encode_image(*model.vae, image, &noise, model.vae_tiling) : image;
}

Prepared prepare(const StableDiffusionXL& model, Scheduler& scheduler, const ImageToImage& args) {
  Guidance guidance = make_guidance(model, args);
  set_sizes(guidance, model, args);
  set_schedule(scheduler, args.num_inference_steps, args.timesteps, args.sigmas);
  return {guidance,
          image_to_image_steps(scheduler, args, model.scheduler_config.num_train_timesteps)};
}

Tensor image_to_image(const StableDiffusionXL& model, Scheduler& scheduler,
                      const ImageToImage& args, NoiseSource& noise, const StepHooks& hooks) {
  check_image(model, args);
  expect_no_mask(model);
  const auto [guidance, steps] = prepare(model, scheduler, args);

  const int64_t n = args.num_images_per_prompt;
  const Tensor image = noise.is_per_image() ? repeat_rows(args.image, n) : args.image;
  Tensor latents = repeat_rows(image_latents(model, image, noise), n);
  if (!args.denoising_start) {
    latents = scheduler.add_noise(latents, noise.draw(latents.shape()), steps.first);
  }
  return denoise(model.unet, scheduler, steps, latents, guidance, noise, hooks);
}

StepRange image_to_image_steps(const Scheduler& scheduler, const ImageToImage& args,
                               int64_t num_train_timesteps) {
  const bool follows = is_share(args.denoising_start);
  tensor::require(
      !follows || !is_share(args.denoising_end) || *args.denoising_start < *args.denoising_end,
      "denoising_start: expected less than denoising_end, got {} and {}",
      args.denoising_start.value_or(0.0), args.denoising_end.value_or(1.0));
  // As in diffusers, a start of exactly 0 or 1 leaves the choice to the strength.
  const StepRange steps = follows
                              ? steps_from(scheduler, *args.denoising_start, num_train_timesteps)
                              : steps_for_strength(scheduler, args.strength);
  const int end = steps_until(scheduler, args.denoising_end, num_train_timesteps);
  return {steps.first, std::max(steps.first, std::min(steps.last, end))};
}

}  // namespace sdxl
