#include "sdxl/pipeline/latents.h"

#include "sdxl/pipeline/non_finite.h"
#include "tensor/ops.h"

namespace sdxl {

Tensor decode_latents(const Autoencoder& vae, const Tensor& latents, bool tiled) {
  std::vector<Tensor> images;
  for (int64_t i = 0; i < latents.dim(0); ++i) {
    const Tensor x = slice(latents, 0, i, i + 1);
    images.push_back(vae.to_image(x, tiled));
    if (has_non_finite(images.back())) fail_at_non_finite("vae", [&] { vae.to_image(x, false); });
  }
  return concat(images, 0);
}

Tensor encode_image(const Autoencoder& vae, const Tensor& image, NoiseSource* noise, bool tiled) {
  const Tensor latents = vae.to_latents(image, noise, tiled);
  if (has_non_finite(latents)) {
    fail_at_non_finite("vae", [&] { vae.to_latents(image, nullptr, false); });
  }
  return latents;
}

}  // namespace sdxl
