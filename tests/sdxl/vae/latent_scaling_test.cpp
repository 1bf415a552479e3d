#include "sdxl/vae/latent_scaling.h"

#include <doctest/doctest.h>

using sdxl::VaeConfig;
using tensor::Tensor;

TEST_CASE("vae: SDXL's latents are scaled by 0.13025") {
  const VaeConfig config = VaeConfig::sdxl();
  const Tensor z = Tensor::full({1, 4, 1, 1}, 2);
  const Tensor scaled = scale_latents(config, z);
  CHECK(scaled.at({0, 0, 0, 0}) == 0.2605f);
  CHECK(unscale_latents(config, scaled).at({0, 3, 0, 0}) == doctest::Approx(2).epsilon(1e-7));
}

TEST_CASE("vae: latents with a mean and a deviation for each channel are scaled by these too") {
  VaeConfig config = VaeConfig::sdxl();
  config.latents_mean = {0, 1, -1, 0.5};
  config.latents_std = {1, 2, 0.5, 4};
  config.scaling_factor = 0.5;
  const Tensor z = Tensor::full({1, 4, 1, 1}, 3);
  const Tensor scaled = scale_latents(config, z);  // (3 - mean) / std / 2
  CHECK(scaled.at({0, 0, 0, 0}) == 1.5f);
  CHECK(scaled.at({0, 1, 0, 0}) == 0.5f);
  CHECK(scaled.at({0, 2, 0, 0}) == 4.0f);
  CHECK(scaled.at({0, 3, 0, 0}) == 0.3125f);
  const Tensor back = unscale_latents(config, scaled);
  for (int64_t c = 0; c < 4; ++c) CHECK(back.at({0, c, 0, 0}) == 3.0f);
}
