#pragma once

#include "sdxl/unet/unet_2d_condition.h"

namespace sdxl {

/// Classifier-free guidance: what the text changes, made stronger.
///
///   eps = eps_uncond + scale (eps_cond - eps_uncond)
///
/// diffusers: pipeline_stable_diffusion_xl.py, __call__   paper: arXiv 2207.12598, equation (6),
/// whose w is scale - 1
Tensor classifier_free_guidance(const Tensor& eps_uncond, const Tensor& eps_cond, float scale);

/// Takes back some of the contrast that guidance adds:
///
///   eps_rescaled = eps std(eps_cond) / std(eps)
///   out          = rescale eps_rescaled + (1 - rescale) eps
///
/// with the deviation over each sample. A rescale of 0 leaves eps as it is.
/// diffusers: pipeline_stable_diffusion_xl.py, rescale_noise_cfg   paper: arXiv 2305.08891, 3.4
Tensor rescale_guidance(const Tensor& eps, const Tensor& eps_cond, double rescale);

/// The guidance scale as a UNet distilled to it is told it (LCM): sines first, then cosines, of
/// 1000 (scale - 1). -> (n, dim)
/// diffusers: pipeline_stable_diffusion_xl.py, get_guidance_scale_embedding
/// paper: arXiv 2310.04378, section 4.1
Tensor guidance_scale_embedding(double scale, int64_t n, int64_t dim);

/// What the UNet is told in the two halves of guidance, and how strongly the second one counts.
struct Guidance {
  Conditioning positive;
  Conditioning negative;  // empty where guidance is off: then the positive half alone is run
  double scale = 1.0;
  double rescale = 0.0;

  bool is_on() const { return !negative.context.empty(); }
};

/// The UNet's guided answer: both halves in one call of twice the batch, as diffusers makes it, the
/// negative one first, and what they come to.
/// Errors: std::runtime_error naming the first module that made a NaN.
Tensor predict_guided(const UNet2DConditionModel& unet, const Tensor& sample, float timestep,
                      const Guidance& guidance);

}  // namespace sdxl
