#include "sdxl/pipeline/pipeline_arguments.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "sdxl/image_prompt/encode_images.h"
#include "tensor/error.h"

namespace sdxl {

namespace {

/// A UNet that is distilled to the guidance scale has it as an input, and no unconditional half.
bool is_guided(const StableDiffusionXL& model, const PipelineArguments& args) {
  return args.guidance_scale > 1.0 && model.unet.config().time_cond_proj_dim == 0;
}

Prompt prompt_of(const PipelineArguments& args) {
  return {args.prompt, args.prompt_2, args.prompt_syntax};
}

/// Of the prompt, and of the negative prompt; both of as many tokens.
std::pair<PromptFeatures, PromptFeatures> encode_both(const StableDiffusionXL& model,
                                                      const PipelineArguments& args) {
  const PromptFeatures positive = encode_prompt(model, prompt_of(args), args.clip_skip);
  const PromptFeatures negative = encode_negative_prompt(
      model, args.negative_prompt, args.negative_prompt_2, positive, args.prompt_syntax);
  const int64_t tokens = std::max(positive.context.dim(1), negative.context.dim(1));
  return {lengthened(model, positive, tokens, args.clip_skip), lengthened(model, negative, tokens)};
}

Guidance encode_texts(const StableDiffusionXL& model, const PipelineArguments& args) {
  const int64_t n = args.num_images_per_prompt;
  const int64_t distilled_dim = model.unet.config().time_cond_proj_dim;
  Guidance guidance;
  guidance.scale = args.guidance_scale;
  guidance.rescale = args.guidance_rescale;
  guidance.controls = model.controls;
  guidance.changes = args.changes;

  PromptFeatures positive, negative;
  if (is_guided(model, args)) {
    std::tie(positive, negative) = encode_both(model, args);
    negative = repeat(negative, n);
    guidance.uncond.context = negative.context;
    guidance.uncond.pooled = negative.pooled;
  } else {
    positive = encode_prompt(model, prompt_of(args), args.clip_skip);
  }
  positive = repeat(positive, n);
  guidance.cond.context = positive.context;
  guidance.cond.pooled = positive.pooled;
  if (distilled_dim > 0) {
    guidance.cond.timestep_cond = guidance_scale_embedding(args.guidance_scale, n, distilled_dim);
  }
  const ImageConditions images = encode_images(
      model, args.image_prompts.empty() ? model.image_prompts : args.image_prompts, n);
  guidance.cond.images = images.cond;
  if (is_guided(model, args)) guidance.uncond.images = images.uncond;
  return guidance;
}

}  // namespace

Guidance make_guidance(const StableDiffusionXL& model, const PipelineArguments& args) {
  Guidance guidance = encode_texts(model, args);
  model.release_pages();  // the encoders have finished
  return guidance;
}

int64_t context_length(const StableDiffusionXL& model, const PipelineArguments& args) {
  const int64_t length = context_length(model, prompt_of(args));
  const bool is_zero = !args.negative_prompt && model.checkpoint->force_zeros_for_empty_prompt();
  if (!is_guided(model, args) || is_zero) return length;
  const Prompt negative = {args.negative_prompt.value_or(""), args.negative_prompt_2,
                           args.prompt_syntax};
  return std::max(length, context_length(model, negative));
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
