#pragma once

#include "sdxl/control/controls.h"
#include "sdxl/unet/unet_2d_condition.h"

namespace sdxl {

/// Classifier-free guidance: extrapolates from the unconditional to the conditional prediction.
///
///   eps = eps_uncond + scale (eps_cond - eps_uncond)
///
/// eps_uncond, eps_cond (N, 4, h, w) -> (N, 4, h, w)
/// diffusers: pipeline_stable_diffusion_xl.py, __call__
/// paper: arXiv 2207.12598, equation (6), whose w is scale - 1
Tensor classifier_free_guidance(const Tensor& eps_uncond, const Tensor& eps_cond, float scale);

/// Rescales the guided prediction. Guidance makes its deviation too large, and so the image's
/// contrast.
///
///   eps_rescaled = eps std(eps_cond) / std(eps)
///   out          = rescale eps_rescaled + (1 - rescale) eps
///
/// with the standard deviation of each sample. A rescale of 0 returns eps.
/// eps, eps_cond (N, 4, h, w) -> (N, 4, h, w)
/// diffusers: pipeline_stable_diffusion_xl.py, rescale_noise_cfg   paper: arXiv 2305.08891, 3.4
Tensor rescale_guidance(const Tensor& eps, const Tensor& eps_cond, double rescale);

/// The guidance scale as the input of a UNet that is conditioned on it (LCM): sines, then cosines,
/// of 1000 (scale - 1). -> (n, dim)
/// diffusers: pipeline_stable_diffusion_xl.py, get_guidance_scale_embedding
/// paper: arXiv 2310.04378, section 4.1
Tensor guidance_scale_embedding(double scale, int64_t n, int64_t dim);

/// The UNet's conditioning with the prompt and, for guidance, without it; and the guidance's scale.
struct Guidance {
  Conditioning cond;
  /// The negative prompt's, or the empty text's; empty without guidance, where only `cond` is run.
  Conditioning uncond;
  double scale = 1.0;
  double rescale = 0.0;
  Controls controls = {};

  bool is_on() const { return !uncond.context.empty(); }
};

/// The UNet's guided prediction. As in diffusers one call with a batch of 2 N, [uncond, cond],
/// computes both predictions.
///
/// ControlNets run first, on the same batch, or in guess mode on the conditional half.
///
/// sample (N, 4, h, w) -> (N, 4, h, w)
/// Errors: std::runtime_error naming the first module whose output has a NaN.
Tensor predict_guided(const UNet2DConditionModel& unet, const Tensor& sample, float timestep,
                      const Guidance& guidance, const ScheduleShare& step = {});

}  // namespace sdxl
