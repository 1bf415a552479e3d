#include "examples/web/api/mistakes.h"

#include <algorithm>

#include "tensor/ops.h"

namespace web {

namespace {

/// Width before height, in the original size and in the target.
void swap_width_and_height(sdxl::MicroConditioning& sizes) {
  for (sdxl::PixelSize* size : {&sizes.original_size, &sizes.target_size}) {
    std::swap(size->height, size->width);
  }
}

void swap_crop_and_original(sdxl::MicroConditioning& sizes) {
  std::swap(sizes.crop_top, sizes.original_size.height);
  std::swap(sizes.crop_left, sizes.original_size.width);
}

/// The prediction with the prompt in the place of the one without it.
///
///   c + s (u - c)                         halves: both are mixed up
///   u + s (u - c) = c + (1 + s) (u - c)   sign: guidance goes away from the prompt
void swap_prompts(sdxl::TextToImage& args) {
  const std::string negative = args.negative_prompt.value_or("");
  args.negative_prompt = args.prompt;
  args.prompt = negative;
}

}  // namespace

bool Mistakes::has(const std::string& name) const {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

void Mistakes::apply(sdxl::SchedulerConfig& config) const {
  if (has("schedule_offset")) config.steps_offset = 0;
  if (has("schedule_spacing")) config.timestep_spacing = sdxl::TimestepSpacing::linspace;
}

void Mistakes::apply(sdxl::TextToImage& args, const sdxl::Scheduler& scheduler,
                     sdxl::NoiseSource& noise, const tensor::Shape& latents) const {
  if (has("conditioning_crop_first")) swap_crop_and_original(args.sizes);
  if (has("conditioning_width_first")) swap_width_and_height(args.sizes);
  if (has("guidance_halves") || has("guidance_sign")) swap_prompts(args);
  if (has("guidance_sign")) args.guidance_scale += 1.0;
  if (has("noise_unscaled")) {
    args.latents = noise.draw(latents) / scheduler.init_noise_sigma();
  }
  if (has("noise_channels_last")) {
    const tensor::Shape nhwc = {latents.dim(0), latents.dim(2), latents.dim(3), latents.dim(1)};
    args.latents = permute(noise.draw(nhwc), {0, 3, 1, 2});
  }
}

Tensor Mistakes::apply(const Tensor& picture) const {
  // Rounding down is rounding to the nearest after half a step of 1 / 255 is taken away.
  return has("image_truncated") ? picture - 1.0f / 255.0f : picture;
}

}  // namespace web
