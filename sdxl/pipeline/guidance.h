#pragma once

#include <optional>

#include "sdxl/control/controls.h"
#include "sdxl/guidance/run_changes.h"
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
  RunChanges changes = {};

  bool is_on() const { return !uncond.context.empty(); }
};

/// The UNet of one run, with its guidance. It has what lasts from step to step.
class GuidedUNet {
 public:
  /// A run of N images; the UNet and the guidance outlive this object.
  /// Errors: those of PerturbedAttention, FreeU and DeepCache; std::invalid_argument for perturbed
  /// attention in guess mode.
  GuidedUNet(const UNet2DConditionModel& unet, const Guidance& guidance, int64_t images);

  /// The guided prediction of the next step. As in diffusers one call of the UNet computes all
  /// predictions, on a batch of the rows [uncond, cond, perturbed], each where there is one.
  ///
  ///   eps = classifier_free_guidance(eps_uncond, eps_cond), or AdaptiveProjection's
  ///   eps = perturbed_attention_guidance(eps, eps_cond, eps_perturbed)
  ///   eps = rescale_guidance(eps, eps_cond)
  ///
  /// ControlNets run first, on the same batch, or in guess mode on the conditional half.
  ///
  /// sample (N, 4, h, w) -> (N, 4, h, w)
  /// Errors: std::runtime_error naming the first module whose output has a NaN.
  Tensor predict(const Tensor& sample, float timestep, const ScheduleShare& step = {});

 private:
  Tensor run(const Tensor& sample, float timestep, const Conditioning& cond);
  Tensor combined(const std::vector<Tensor>& eps, float timestep);

  const UNet2DConditionModel& unet_;
  const Guidance& guidance_;
  std::optional<FreeU> freeu_;
  std::optional<PerturbedAttention> perturbed_;
  std::optional<AdaptiveProjection> projection_;
  std::optional<DeepCache> cache_;
};

/// The prediction of a single step: see GuidedUNet::predict.
Tensor predict_guided(const UNet2DConditionModel& unet, const Tensor& sample, float timestep,
                      const Guidance& guidance, const ScheduleShare& step = {});

}  // namespace sdxl
