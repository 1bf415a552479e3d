#include "sdxl/pipeline/guidance.h"

#include "sdxl/pipeline/non_finite.h"
#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

/// The same input of several parts of a batch, one behind the other.
Tensor stack(const std::vector<const Conditioning*>& parts, Tensor Conditioning::*input) {
  if ((parts.front()->*input).empty()) return {};
  std::vector<Tensor> all;
  for (const Conditioning* part : parts) all.push_back(part->*input);
  return concat(all, 0);
}

Conditioning stack(const std::vector<const Conditioning*>& parts) {
  Conditioning all = {stack(parts, &Conditioning::context), stack(parts, &Conditioning::pooled),
                      stack(parts, &Conditioning::time_ids),
                      stack(parts, &Conditioning::timestep_cond),
                      stack(parts, &Conditioning::concat)};
  for (size_t i = 0; i < parts.front()->images.size(); ++i) {
    std::vector<Tensor> embeds;
    for (const Conditioning* part : parts) embeds.push_back(part->images[i].embeds);
    all.images.push_back({concat(embeds, 0), parts.front()->images[i].scale});
  }
  return all;
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

GuidedUNet::GuidedUNet(const UNet2DConditionModel& unet, const Guidance& guidance, int64_t images)
    : unet_(unet), guidance_(guidance) {
  const RunChanges& changes = guidance.changes;
  if (changes.freeu.is_on()) freeu_.emplace(unet, changes.freeu);
  if (changes.pag.is_on()) {
    tensor::require(!guidance.controls.guess_mode,
                    "perturbed-attention guidance has three parts of a batch, guess mode two; "
                    "expected one of them");
    perturbed_.emplace(unet, changes.pag.layers, images);
  }
  if (changes.apg.is_on()) projection_.emplace(changes.apg);
  if (changes.deep_cache.is_on()) cache_.emplace(unet, changes.deep_cache);
}

Tensor GuidedUNet::run(const Tensor& sample, float timestep, const Conditioning& cond) {
  const Tensor eps =
      cache_ ? cache_->forward(sample, timestep, cond) : unet_.forward(sample, timestep, cond);
  if (has_non_finite(eps)) {
    fail_at_non_finite("unet", [&] { unet_.forward(sample, timestep, cond); });
  }
  return eps;
}

Tensor GuidedUNet::predict(const Tensor& sample, float timestep, const ScheduleShare& step) {
  const Guidance& guidance = guidance_;
  const Controls& controls = guidance.controls;
  std::vector<const Conditioning*> parts = {&guidance.cond};
  if (guidance.is_on()) parts.insert(parts.begin(), &guidance.uncond);
  if (perturbed_) parts.push_back(&guidance.cond);
  const Tensor samples = concat(std::vector<Tensor>(parts.size(), sample), 0);
  const Conditioning all = stack(parts);
  const bool guesses = controls.guess_mode && guidance.is_on();
  const ControlResiduals residuals =
      guesses ? behind_zeros(residuals_of(controls, sample, timestep, guidance.cond, step))
              : residuals_of(controls, samples, timestep, all, step);
  const Tensor eps = run(samples, timestep, controlled(all, residuals));

  std::vector<Tensor> eps_of_parts;
  for (int64_t first = 0; first < eps.dim(0); first += sample.dim(0)) {
    eps_of_parts.push_back(slice(eps, 0, first, first + sample.dim(0)));
  }
  return combined(eps_of_parts, timestep);
}

/// eps of the parts [uncond, cond, perturbed], each where there is one.
Tensor GuidedUNet::combined(const std::vector<Tensor>& parts, float timestep) {
  const Tensor& eps_cond = parts[guidance_.is_on() ? 1 : 0];
  Tensor eps = eps_cond;
  if (guidance_.is_on()) {
    const Tensor& eps_uncond = parts[0];
    const auto scale = static_cast<float>(guidance_.scale);
    eps = projection_ ? projection_->guide(eps_uncond, eps_cond, guidance_.scale)
                      : classifier_free_guidance(eps_uncond, eps_cond, scale);
  }
  if (perturbed_) {
    const double scale = guidance_.changes.pag.scale_at(timestep);
    eps = perturbed_attention_guidance(eps, eps_cond, parts.back(), scale);
  }
  return guidance_.is_on() ? rescale_guidance(eps, eps_cond, guidance_.rescale) : eps;
}

Tensor predict_guided(const UNet2DConditionModel& unet, const Tensor& sample, float timestep,
                      const Guidance& guidance, const ScheduleShare& step) {
  return GuidedUNet(unet, guidance, sample.dim(0)).predict(sample, timestep, step);
}

}  // namespace sdxl
