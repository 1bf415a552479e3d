#include "sdxl/pipeline/latents.h"

#include "sdxl/pipeline/non_finite.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

bool has_statistics(const VaeConfig& config) {
  return !config.latents_mean.empty() && !config.latents_std.empty();
}

/// One number for each channel, as (1, C, 1, 1).
Tensor per_channel(const std::vector<double>& values) {
  return Tensor::from({1, static_cast<int64_t>(values.size()), 1, 1},
                      std::vector<float>(values.begin(), values.end()));
}

Tensor unscale(const VaeConfig& config, const Tensor& latents) {
  const auto factor = static_cast<float>(config.scaling_factor);
  if (!has_statistics(config)) return latents / factor;
  return latents * per_channel(config.latents_std) / factor + per_channel(config.latents_mean);
}

Tensor scale(const VaeConfig& config, const Tensor& z) {
  const auto factor = static_cast<float>(config.scaling_factor);
  if (!has_statistics(config)) return factor * z;
  return factor * (z - per_channel(config.latents_mean)) / per_channel(config.latents_std);
}

}  // namespace

Tensor decode_latents(const AutoencoderKL& vae, const Tensor& latents) {
  std::vector<Tensor> images;
  for (int64_t i = 0; i < latents.dim(0); ++i) {
    const Tensor z = unscale(vae.config(), slice(latents, 0, i, i + 1));
    images.push_back(vae.decode(z));
    if (has_non_finite(images.back())) fail_at_non_finite("vae", [&] { vae.decode(z); });
  }
  return concat(images, 0);
}

Tensor encode_image(const AutoencoderKL& vae, const Tensor& image, NoiseSource* noise) {
  const DiagonalGaussian posterior = vae.encode(image);
  if (has_non_finite(posterior.moments())) fail_at_non_finite("vae", [&] { vae.encode(image); });
  const Tensor z = noise ? posterior.sample(*noise) : posterior.mode();
  return scale(vae.config(), z);
}

}  // namespace sdxl
