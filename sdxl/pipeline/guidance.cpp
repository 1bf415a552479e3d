#include "sdxl/pipeline/guidance.h"

#include "sdxl/pipeline/non_finite.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

Tensor predict(const UNet2DConditionModel& unet, const Tensor& sample, float timestep,
               const Conditioning& cond) {
  const Tensor eps = unet.forward(sample, timestep, cond);
  if (has_non_finite(eps)) {
    fail_at_non_finite("unet", [&] { unet.forward(sample, timestep, cond); });
  }
  return eps;
}

Tensor stack(const Tensor& a, const Tensor& b) { return a.empty() ? a : concat(a, b, 0); }

Conditioning stack(const Conditioning& a, const Conditioning& b) {
  return {stack(a.context, b.context), stack(a.pooled, b.pooled), stack(a.time_ids, b.time_ids),
          stack(a.timestep_cond, b.timestep_cond), stack(a.concat, b.concat)};
}

Conditioning controlled(Conditioning cond, const ControlResiduals& residuals) {
  cond.control = residuals;
  return cond;
}

}  // namespace

Tensor classifier_free_guidance(const Tensor& eps_uncond, const Tensor& eps_cond, float scale) {
  return eps_uncond + scale * (eps_cond - eps_uncond);
}

Tensor rescale_guidance(const Tensor& eps, const Tensor& eps_cond, double rescale) {
  if (rescale == 0.0) return eps;
  const Tensor rescaled = eps * (std_per_sample(eps_cond) / std_per_sample(eps));
  return static_cast<float>(rescale) * rescaled + static_cast<float>(1.0 - rescale) * eps;
}

Tensor guidance_scale_embedding(double scale, int64_t n, int64_t dim) {
  const float value = 1000.0f * static_cast<float>(scale - 1.0);
  const bool cosines_first = false;
  const float shift = 1.0f;
  return tensor::sinusoidal_embedding(std::vector<float>(static_cast<size_t>(n), value), dim,
                                      cosines_first, shift);
}

Tensor predict_guided(const UNet2DConditionModel& unet, const Tensor& sample, float timestep,
                      const Guidance& guidance, const ScheduleShare& step) {
  const Controls& controls = guidance.controls;
  if (!guidance.is_on()) {
    const Conditioning& cond = guidance.cond;
    return predict(unet, sample, timestep,
                   controlled(cond, residuals_of(controls, sample, timestep, cond, step)));
  }
  const Tensor twice = stack(sample, sample);
  const Conditioning halves = stack(guidance.uncond, guidance.cond);
  const ControlResiduals residuals =
      controls.guess_mode
          ? behind_zeros(residuals_of(controls, sample, timestep, guidance.cond, step))
          : residuals_of(controls, twice, timestep, halves, step);
  const Tensor both = predict(unet, twice, timestep, controlled(halves, residuals));
  const auto [eps_uncond, eps_cond] = split_half(both, 0);
  const auto scale = static_cast<float>(guidance.scale);
  const Tensor eps = classifier_free_guidance(eps_uncond, eps_cond, scale);
  return rescale_guidance(eps, eps_cond, guidance.rescale);
}

}  // namespace sdxl
