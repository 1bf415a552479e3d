#include "sdxl/vae/latent_scaling.h"

#include "tensor/ops.h"

namespace sdxl {

namespace {

/// One number for each channel, as (1, C, 1, 1).
Tensor per_channel(const std::vector<double>& values) {
  const std::vector<float> numbers(values.begin(), values.end());
  return Tensor::from({1, static_cast<int64_t>(numbers.size()), 1, 1}, numbers);
}

}  // namespace

Tensor scale_latents(const VaeConfig& config, const Tensor& z) {
  const auto factor = static_cast<float>(config.scaling_factor);
  if (config.latents_mean.empty()) return factor * z;
  const Tensor centred = z - per_channel(config.latents_mean);
  return factor * centred / per_channel(config.latents_std);
}

Tensor unscale_latents(const VaeConfig& config, const Tensor& scaled) {
  const auto factor = static_cast<float>(config.scaling_factor);
  if (config.latents_mean.empty()) return scaled / factor;
  return scaled * per_channel(config.latents_std) / factor + per_channel(config.latents_mean);
}

}  // namespace sdxl
