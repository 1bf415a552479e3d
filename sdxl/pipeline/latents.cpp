#include "sdxl/pipeline/latents.h"

#include "sdxl/pipeline/non_finite.h"
#include "sdxl/vae/latent_scaling.h"
#include "sdxl/vae/tiling.h"
#include "tensor/ops.h"

namespace sdxl {

Tensor decode_latents(const AutoencoderKL& vae, const Tensor& latents, bool tiled) {
  std::vector<Tensor> images;
  for (int64_t i = 0; i < latents.dim(0); ++i) {
    const Tensor z = unscale_latents(vae.config(), slice(latents, 0, i, i + 1));
    images.push_back(tiled ? decode_tiled(vae, z) : vae.decode(z));
    if (has_non_finite(images.back())) fail_at_non_finite("vae", [&] { vae.decode(z); });
  }
  return concat(images, 0);
}

Tensor encode_image(const AutoencoderKL& vae, const Tensor& image, NoiseSource* noise, bool tiled) {
  const DiagonalGaussian posterior = tiled ? encode_tiled(vae, image) : vae.encode(image);
  if (has_non_finite(posterior.moments())) fail_at_non_finite("vae", [&] { vae.encode(image); });
  const Tensor z = noise ? posterior.sample(*noise) : posterior.mode();
  return scale_latents(vae.config(), z);
}

Tensor repeat_rows(const Tensor& x, int64_t n) {
  return concat(std::vector<Tensor>(static_cast<size_t>(n / x.dim(0)), x), 0);
}

}  // namespace sdxl
