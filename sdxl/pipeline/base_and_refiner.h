#pragma once

#include "sdxl/pipeline/text_to_image.h"

namespace sdxl {

/// The refiner's part of a two-model run, in one of the paper's two ways. The other arguments are
/// the base's.
struct Refinement {
  /// Ensemble of expert denoisers: the base takes this share of the schedule, the refiner the rest.
  double high_noise_fraction = 0.8;
  /// If set, image to image instead: the refiner takes this share of its steps on finished latents.
  std::optional<double> strength = {};
  Tensor mask = {};  // (1, 1, H, W), with a strength: the refiner inpaints there; empty: everywhere
};

/// One model of a run, with its scheduler and the hooks of its steps.
struct Denoiser {
  const StableDiffusionXL& model;
  Scheduler& scheduler;
  StepHooks hooks = {};
};

/// Text to image with two models, on one source of noise:
///
///   ensemble         latents = text_to_image(base, denoising_end = f)
///                    latents = image_to_image(refiner, latents, denoising_start = f)
///   image to image   latents = text_to_image(base)
///                    latents = image_to_image(refiner, latents, strength)
///
/// With f = high_noise_fraction of one schedule: each step is taken by exactly one of the models.
///
/// -> latents, still scaled, (num_images_per_prompt, 4, height / 8, width / 8)
/// Errors: as text_to_image and image_to_image.
/// diffusers: StableDiffusionXLPipeline, then StableDiffusionXLImg2ImgPipeline
/// paper: arXiv 2307.01952, section 2.5;  arXiv 2211.01324 (ensemble of expert denoisers)
Tensor base_and_refiner(const Denoiser& base, const Denoiser& refiner, const TextToImage& args,
                        const Refinement& refinement, NoiseSource& noise);

/// denoising_end of the base's part: high_noise_fraction; without an ensemble that of `args`.
std::optional<double> end_of_base(const PipelineArguments& args, const Refinement& refinement);

/// The refiner's part alone, so that the base can be freed before: latents of the base
/// (N, 4, h, w), still scaled -> the same shape. `args` are those of the base.
Tensor refine(const Denoiser& refiner, const Tensor& latents, const PipelineArguments& args,
              const Refinement& refinement, NoiseSource& noise);

}  // namespace sdxl
