#include "sdxl/pipeline/inpaint.h"

#include "sdxl/pipeline/repeat_rows.h"
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
  tensor::require(is_image || !model.is_inpainting(),
                  "image: {} is an inpainting model, which encodes the masked image; expected the "
                  "image (N, 3, H, W) and not its latents, got {}",
                  model.checkpoint->name(), args.image.shape());
}

/// 1 where a mask of zeros and ones has 0.
Tensor inverse(const Tensor& mask) { return -1.0f * (mask - 1.0f); }

/// With a strength of 1 the first sample has nothing of the image.
bool starts_from_noise(const Inpaint& args) {
  return args.strength == 1.0 && !args.denoising_start;
}

/// Noise, the original with noise, or latents at which another model stopped.
Tensor first_sample(const Scheduler& scheduler, const Inpaint& args, const Tensor& original,
                    const Tensor& eps, int first) {
  if (starts_from_noise(args)) return scheduler.init_noise_sigma() * eps;
  return args.denoising_start ? original : scheduler.add_noise(original, eps, first);
}

/// Latent blending: after each step the known region is the original at the next noise level, and
/// after the last step the original. mask (N, 1, h, w), original and eps (N, 4, h, w).
StepHooks with_blending(StepHooks hooks, const Scheduler& scheduler, const StepRange& steps,
                        const Tensor& mask, const Tensor& original, const Tensor& eps) {
  hooks.edit = [=, &scheduler, edit = hooks.edit](int i, int n, const Tensor& latents) {
    const Tensor x = edit ? edit(i, n, latents) : latents;
    const bool is_last = i + 1 == n;
    const int next = steps.first + i + 1;
    const Tensor known = is_last ? original : scheduler.add_noise(original, eps, next);
    return inverse(mask) * known + mask * x;
  };
  return hooks;
}

}  // namespace

Tensor inpaint(const StableDiffusionXL& model, Scheduler& scheduler, const Inpaint& args,
               NoiseSource& noise, const StepHooks& hooks) {
  check_image(model, args);
  check_mask(model, args);
  auto [guidance, steps] = prepare(model, scheduler, args);
  const int64_t n = args.num_images_per_prompt, pixels = model.vae->pixels_per_latent();
  const int64_t height = args.mask.dim(2) / pixels, width = args.mask.dim(3) / pixels;
  const int64_t channels = model.vae->latent_channels();

  const Tensor mask = repeat_rows(upsample_nearest(args.mask, height, width), n);
  const bool uses_original = !model.is_inpainting() || !starts_from_noise(args);
  const Tensor original =
      uses_original ? repeat_rows(image_latents(model, args.image, noise), n) : Tensor();
  const Tensor eps = noise.draw({n, channels, height, width});
  const Tensor x = first_sample(scheduler, args, original, eps, steps.first);

  if (model.is_inpainting()) {
    const Tensor masked = image_latents(model, args.image * inverse(args.mask), noise);
    guidance.cond.concat = concat(mask, repeat_rows(masked, n), 1);  // (N, 5, h, w)
    guidance.uncond.concat = guidance.cond.concat;
    return denoise(model.unet, scheduler, steps, x, guidance, noise, hooks);
  }
  // diffusers draws the latents of the masked image, though this UNet has no input for them.
  const bool is_image = args.image.dim(1) == 3;
  if (is_image) noise.draw({args.image.dim(0), channels, height, width});
  return denoise(model.unet, scheduler, steps, x, guidance, noise,
                 with_blending(hooks, scheduler, steps, mask, original, eps));
}

}  // namespace sdxl
