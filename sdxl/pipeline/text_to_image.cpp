#include "sdxl/pipeline/text_to_image.h"

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
  const int64_t pixels = model.vae->pixels_per_latent();
  const tensor::Shape shape = {args.num_images_per_prompt, model.unet.config().in_channels,
                               height / pixels, width / pixels};
  tensor::require(args.latents.empty() || args.latents.shape() == shape,
                  "latents: expected {} for {} images of {} x {} pixels, got {}", shape,
                  args.num_images_per_prompt, height, width, args.latents.shape());
  const Tensor unit = args.latents.empty() ? noise.draw(shape) : args.latents;
  return scheduler.init_noise_sigma() * unit;
}

void set_both_sizes(Guidance& guidance, const TextToImage& args) {
  const int64_t n = args.num_images_per_prompt;
  guidance.cond.time_ids = time_ids(args.sizes, n);
  if (!guidance.is_on()) return;
  std::tie(guidance.uncond.time_ids, guidance.cond.time_ids) =
      guided_time_ids(args.negative_sizes.value_or(args.sizes), args.sizes, n);
}

}  // namespace

Tensor text_to_image(const StableDiffusionXL& model, Scheduler& scheduler, const TextToImage& args,
                     NoiseSource& noise, const StepHooks& hooks) {
  tensor::require(!model.is_refiner(),
                  "{} is a refiner: it draws nothing from a text alone, but goes on from an image "
                  "or from a base's latents",
                  model.checkpoint->name());
  expect_no_mask(model);
  Guidance guidance = make_guidance(model, args);
  set_both_sizes(guidance, args);
  set_schedule(scheduler, args.num_inference_steps, args.timesteps, args.sigmas);
  const int end =
      steps_until(scheduler, args.denoising_end, model.scheduler_config.num_train_timesteps);

  const Tensor latents = first_sample(model, scheduler, args, noise);
  return denoise(model.unet, scheduler, {0, end}, latents, guidance, noise, hooks);
}

}  // namespace sdxl
