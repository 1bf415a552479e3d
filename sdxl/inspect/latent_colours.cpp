#include "sdxl/inspect/latent_colours.h"

#include <limits>

#include "sdxl/pipeline/latents.h"
#include "tensor/ops.h"
#include "tensor/random.h"

namespace sdxl {

namespace {

using tensor::WeightView;

WeightView view(const Tensor& x) { return {x.data(), tensor::DType::f32, x.shape()}; }

/// The mean of each square of `side` x `side` pixels. (N, C, H, W) -> (N, C, H / side, W / side)
Tensor mean_of_squares(const Tensor& x, int64_t side) {
  const Tensor square = Tensor::full({1, 1, side, side}, 1.0f / static_cast<float>(side * side));
  const auto [n, c, h, w] = x.dims<4>();
  const Tensor planes = x.reshape({n * c, 1, h, w});
  const Tensor means = conv2d(planes, view(square), nullptr, static_cast<int>(side), {});
  return means.reshape({n, c, h / side, w / side});
}

/// A row of channels for each pixel. (1, C, H, W) -> (H W, C)
Tensor rows_of_pixels(const Tensor& x) {
  return permute(x, {0, 2, 3, 1}).reshape({x.dim(2) * x.dim(3), x.dim(1)});
}

}  // namespace

LatentColours::LatentColours(const Autoencoder& vae) {
  constexpr int64_t patches = 8, side = 32;  // 8 x 8 patches of 4 x 4 latents
  const int64_t c = vae.latent_channels();
  tensor::Generator generator(0);
  const Tensor z = upsample_nearest(generator.randn({1, c, patches, patches}), side, side);
  const Tensor rgb = mean_of_squares(decode_latents(vae, z), vae.pixels_per_latent());

  const Tensor ones = Tensor::full({side * side, 1}, 1.0f);
  const Tensor inputs = concat(rows_of_pixels(z), ones, 1);          // (T, 4 + 1)
  const Tensor fitted = least_squares(inputs, rows_of_pixels(rgb));  // (4 + 1, 3)
  weight_ = permute(slice(fitted, 0, 0, c), {1, 0}).reshape({3, c, 1, 1});
  bias_ = slice(fitted, 0, c, c + 1).reshape({3});
}

Tensor LatentColours::images(const Tensor& latents) const {
  constexpr float no_limit = std::numeric_limits<float>::infinity();
  const Tensor x = latents / clamp(std_per_sample(latents), 1.0f, no_limit);
  const WeightView bias = view(bias_);
  return conv2d(x, view(weight_), &bias, 1, {});
}

}  // namespace sdxl
