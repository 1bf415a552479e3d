#include "sdxl/pipeline/base_and_refiner.h"

#include "sdxl/pipeline/inpaint.h"

namespace sdxl {

Tensor base_and_refiner(const Denoiser& base, const Denoiser& refiner, const TextToImage& args,
                        const Refinement& refinement, NoiseSource& noise) {
  TextToImage first = args;
  first.denoising_end = end_of_base(args, refinement);
  const Tensor latents = text_to_image(base.model, base.scheduler, first, noise, base.hooks);
  return refine(refiner, latents, args, refinement, noise);
}

std::optional<double> end_of_base(const PipelineArguments& args, const Refinement& refinement) {
  return refinement.strength ? args.denoising_end : refinement.high_noise_fraction;
}

Tensor refine(const Denoiser& refiner, const Tensor& latents, const PipelineArguments& args,
              const Refinement& refinement, NoiseSource& noise) {
  const auto& [model, scheduler, hooks] = refiner;
  ImageToImage rest;
  static_cast<PipelineArguments&>(rest) = args;
  rest.denoising_end.reset();
  rest.image_prompts.clear();  // the refiner has no IP-Adapters
  rest.image = latents;
  if (refinement.strength) {
    rest.strength = *refinement.strength;
  } else {
    rest.denoising_start = refinement.high_noise_fraction;
  }
  if (refinement.mask.empty()) return image_to_image(model, scheduler, rest, noise, hooks);
  return inpaint(model, scheduler, {rest, refinement.mask}, noise, hooks);
}

}  // namespace sdxl
