#include "sdxl/pipeline/inpaint.h"

#include "sdxl/pipeline/latents.h"
#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

void check_mask(const StableDiffusionXL& model, const Inpaint& args) {
  const bool is_image = args.image.dim(1) == 3;
  const int64_t pixels = is_image ? 1 : model.vae->pixels_per_latent();
  const tensor::Shape expected = {1, 1, pixels * args.image.dim(2), pixels * args.image.dim(3)};
  tensor::require(args.mask.shape() == expected, "mask: expected {}, the size of the image, got {}",
                  expected, args.mask.shape());
  tensor::require(is_image || !model.sees_mask(),
                  "image: {} is shown what stays of the image; expected the image (N, 3, H, W) "
                  "and not its latents, got {}",
                  model.checkpoint->name(), args.image.shape());
}

/// 1 where a mask of zeros and ones has 0.
Tensor inverse(const Tensor& mask) { return -1.0f * (mask - 1.0f); }

/// What stays of an image, and the noise it is seen through until the last step.
struct Kept {
  Tensor mask;      // (N, 1, h, w): 1 where it does not stay
  Tensor original;  // (N, 4, h, w)
  Tensor noise;     // (N, 4, h, w)
};

/// Four channels: after each step what stays is put back at that step's noise level, and after the
/// last one as it is.
Tensor denoise_and_put_back(const UNet2DConditionModel& unet, Scheduler& scheduler,
                            const StepRange& steps, Tensor latents, const Kept& kept,
                            const Guidance& guidance, NoiseSource& noise, const StepHooks& hooks) {
  for (int i = steps.first; i < steps.last; ++i) {
    if (hooks.before) hooks.before(i - steps.first, steps.count());
    const Tensor input = scheduler.scale_model_input(latents, i);
    const Tensor eps = predict_guided(unet, input, scheduler.timesteps()[i], guidance);
    if (hooks.guess) {
      hooks.guess(i - steps.first, steps.count(), scheduler.guess_clean(eps, i, latents));
    }
    latents = scheduler.step(eps, i, latents, noise);  // x_t -> x_{t-1}
    const bool is_last = i + 1 == steps.last;
    const Tensor seen =
        is_last ? kept.original : scheduler.add_noise(kept.original, kept.noise, i + 1);
    latents = inverse(kept.mask) * seen + kept.mask * latents;
    if (hooks.after) hooks.after(i - steps.first, steps.count(), latents);
  }
  return latents;
}

/// Nine channels: in each step the UNet is shown `beside`, the mask and the latents of what stays.
Tensor denoise_beside(const UNet2DConditionModel& unet, Scheduler& scheduler,
                      const StepRange& steps, Tensor latents, const Tensor& beside,
                      const Guidance& guidance, NoiseSource& noise, const StepHooks& hooks) {
  for (int i = steps.first; i < steps.last; ++i) {
    if (hooks.before) hooks.before(i - steps.first, steps.count());
    Tensor input = scheduler.scale_model_input(latents, i);
    input = concat(input, beside, 1);  // (N, 9, h, w)
    const Tensor eps = predict_guided(unet, input, scheduler.timesteps()[i], guidance);
    if (hooks.guess) {
      hooks.guess(i - steps.first, steps.count(), scheduler.guess_clean(eps, i, latents));
    }
    latents = scheduler.step(eps, i, latents, noise);  // x_t -> x_{t-1}
    if (hooks.after) hooks.after(i - steps.first, steps.count(), latents);
  }
  return latents;
}

/// A strength of 1 leaves nothing of the image to start from.
bool starts_from_noise(const Inpaint& args) {
  return args.strength == 1.0 && !args.denoising_start;
}

/// The first sample: noise, the image with noise, or latents at which another model stopped.
Tensor first_sample(const Scheduler& scheduler, const Inpaint& args, const Kept& kept, int first) {
  if (starts_from_noise(args)) return scheduler.init_noise_sigma() * kept.noise;
  if (args.denoising_start) return kept.original;
  return scheduler.add_noise(kept.original, kept.noise, first);
}

}  // namespace

Tensor inpaint(const StableDiffusionXL& model, Scheduler& scheduler, const Inpaint& args,
               NoiseSource& noise, const StepHooks& hooks) {
  check_image(model, args);
  check_mask(model, args);
  Guidance guidance = make_guidance(model, args);
  set_sizes(guidance, model, args);
  scheduler.set_timesteps(args.num_inference_steps);
  const StepRange steps =
      image_to_image_steps(scheduler.timesteps(), args, model.scheduler_config.num_train_timesteps);

  const int64_t n = args.num_images_per_prompt;
  const int64_t pixels = model.vae->pixels_per_latent();
  const int64_t height = args.mask.dim(2) / pixels, width = args.mask.dim(3) / pixels;
  const int64_t channels = model.vae->latent_channels();

  Kept kept;
  kept.mask = repeat_rows(upsample_nearest(args.mask, height, width), n);
  if (!model.sees_mask() || !starts_from_noise(args)) {
    kept.original = repeat_rows(image_latents(model, args.image, noise), n);
  }
  kept.noise = noise.draw({n, channels, height, width});
  const Tensor latents = first_sample(scheduler, args, kept, steps.first);

  if (model.sees_mask()) {
    const Tensor around = image_latents(model, args.image * inverse(args.mask), noise);
    const Tensor beside = concat(kept.mask, repeat_rows(around, n), 1);  // (N, 5, h, w)
    return denoise_beside(model.unet, scheduler, steps, latents, beside, guidance, noise, hooks);
  }
  // diffusers draws for the latents of what stays, but here nothing looks at them.
  const bool is_image = args.image.dim(1) == 3;
  if (is_image) noise.draw({args.image.dim(0), channels, height, width});
  return denoise_and_put_back(model.unet, scheduler, steps, latents, kept, guidance, noise, hooks);
}

}  // namespace sdxl
