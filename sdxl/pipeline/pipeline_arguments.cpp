#include "sdxl/pipeline/pipeline_arguments.h"

#include "sdxl/image_prompt/encode_images.h"
#include "sdxl/pipeline/prompt_features.h"
#include "tensor/error.h"

namespace sdxl {

namespace {

Guidance encode_texts(const StableDiffusionXL& model, const PipelineArguments& args) {
  const int64_t n = args.num_images_per_prompt;
  const int64_t distilled_dim = model.unet.config().time_cond_proj_dim;
  Guidance guidance;
  guidance.scale = args.guidance_scale;
  guidance.rescale = args.guidance_rescale;
  guidance.controls = model.controls;
  guidance.changes = args.changes;

  const PromptFeatures positive =
      encode_prompt(model, {args.prompt, args.prompt_2}, args.clip_skip);
  const PromptFeatures texts = repeat(positive, n);
  guidance.cond.context = texts.context;
  guidance.cond.pooled = texts.pooled;
  if (distilled_dim > 0) {
    guidance.cond.timestep_cond = guidance_scale_embedding(args.guidance_scale, n, distilled_dim);
  }
  const ImageConditions images = encode_images(
      model, args.image_prompts.empty() ? model.image_prompts : args.image_prompts, n);
  guidance.cond.images = images.cond;
  if (args.guidance_scale <= 1.0 || distilled_dim > 0) return guidance;

  const PromptFeatures negative = repeat(
      encode_negative_prompt(model, args.negative_prompt, args.negative_prompt_2, positive), n);
  guidance.uncond.context = negative.context;
  guidance.uncond.pooled = negative.pooled;
  guidance.uncond.images = images.uncond;
  return guidance;
}

}  // namespace

Guidance make_guidance(const StableDiffusionXL& model, const PipelineArguments& args) {
  Guidance guidance = encode_texts(model, args);
  model.release_pages();  // the encoders have finished
  return guidance;
}

void expect_no_mask(const StableDiffusionXL& model) {
  tensor::require(!model.is_inpainting(),
                  "{} is an inpainting model: it expects an image and a mask of what to repaint",
                  model.checkpoint->name());
}

void set_sizes(Guidance& guidance, const StableDiffusionXL& model, const PipelineArguments& args) {
  const int64_t n = args.num_images_per_prompt;
  const auto ids = model.is_refiner() ? refiner_time_ids : time_ids;
  guidance.cond.time_ids = ids(args.sizes, n);
  if (!guidance.is_on()) return;
  const MicroConditioning other = {.original_size = args.sizes.original_size,
                                   .target_size = args.sizes.target_size,
                                   .aesthetic_score = 2.5};
  MicroConditioning negative = args.negative_sizes.value_or(other);
  if (!model.is_refiner()) {
    negative.crop_top = args.sizes.crop_top;
    negative.crop_left = args.sizes.crop_left;
  }
  guidance.uncond.time_ids = ids(negative, n);
}

}  // namespace sdxl
