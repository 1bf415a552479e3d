#include "sdxl/inspect/latent_colours.h"

#include <limits>

#include "nn/trace.h"
#include "sdxl/pipeline/latents.h"
#include "tensor/ops.h"
#include "tensor/random.h"

namespace sdxl {

namespace {

/// The mean of each square of `side` x `side` pixels. (N, C, H, W) -> (N, C, H / side, W / side)
Tensor mean_of_squares(const Tensor& x, int64_t side) {
  const auto [n, c, h, w] = x.dims<4>();
  const Tensor bands = x.reshape({n * c * h / side, side, w / side, side});
  const Tensor squares =
      permute(bands, {0, 2, 1, 3}).reshape({n * c * h / side * w / side, side * side});
  const float share = 1.0f / static_cast<float>(side * side);
  return matmul(squares, Tensor::full({side * side, 1}, share)).reshape({n, c, h / side, w / side});
}

/// A row for each pixel: (N, C, H, W) -> (N H W, C).
Tensor rows_of_pixels(const Tensor& x) {
  return permute(x, {0, 2, 3, 1}).reshape({x.dim(0) * x.dim(2) * x.dim(3), x.dim(1)});
}

/// The latents of each pixel and a 1 for the constant term: (N, 4, h, w) -> (N h w, 4 + 1).
Tensor inputs_of_fit(const Tensor& z) {
  const Tensor rows = rows_of_pixels(z);
  return concat(rows, Tensor::full({rows.dim(0), 1}, 1.0f), 1);
}

}  // namespace

LatentColours::LatentColours(const Autoencoder& vae) {
  const nn::ObserversPaused paused;
  constexpr int64_t patches = 8, side = 32;  // 8 x 8 patches of 4 x 4 latents
  const int64_t c = vae.latent_channels();
  tensor::Generator generator(0);
  const Tensor z = upsample_nearest(generator.randn({1, c, patches, patches}), side, side);
  const Tensor rgb = mean_of_squares(decode_latents(vae, z), vae.pixels_per_latent());

  weights_ = least_squares(inputs_of_fit(z), rows_of_pixels(rgb));
}

Tensor LatentColours::images(const Tensor& latents) const {
  constexpr float no_limit = std::numeric_limits<float>::infinity();
  const Tensor z = latents / clamp(std_per_sample(latents), 1.0f, no_limit);
  const Tensor rgb = matmul(inputs_of_fit(z), weights_);  // (N h w, 3)
  return permute(rgb.reshape({z.dim(0), z.dim(2), z.dim(3), 3}), {0, 3, 1, 2});
}

}  // namespace sdxl
