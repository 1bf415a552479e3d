#include "sdxl/pipeline/guidance.h"

#include <doctest/doctest.h>

#include <cmath>

#include "sdxl/pipeline/micro_conditioning.h"
#include "sdxl/pipeline/text_to_image.h"
#include "sdxl/scheduler/euler_discrete.h"
#include "tensor/ops.h"

using sdxl::MicroConditioning;
using tensor::Tensor;

TEST_CASE("pipeline: guidance extrapolates from eps_uncond to eps_cond") {
  const Tensor uncond = Tensor::from({1, 2}, {1.0f, -2.0f});
  const Tensor cond = Tensor::from({1, 2}, {2.0f, 4.0f});
  const Tensor guided = sdxl::classifier_free_guidance(uncond, cond, 3.0f);
  CHECK(guided.at({0, 0}) == 4.0f);
  CHECK(guided.at({0, 1}) == 16.0f);
}

TEST_CASE("pipeline: rescaled guidance has the deviation of eps_cond in each sample") {
  const Tensor cond = Tensor::from({2, 4}, {1, 2, 3, 4, -1, 1, -1, 1});
  const Tensor eps = Tensor::from({2, 4}, {3, 6, 9, 12, -8, 8, -8, 8});
  const Tensor whole = std_per_sample(sdxl::rescale_guidance(eps, cond, 1.0));
  const Tensor wanted = std_per_sample(cond);
  for (const int64_t i : {0, 1}) {
    CHECK(whole.at({i, 0}) == doctest::Approx(wanted.at({i, 0})));
  }
  // Half way, the first sample: std(cond) / std(eps) = 1 / 3, so 3 -> 0.5 * 1 + 0.5 * 3.
  CHECK(sdxl::rescale_guidance(eps, cond, 0.5).at({0, 0}) == doctest::Approx(2.0));
  CHECK(sdxl::rescale_guidance(eps, cond, 0.0).data() == eps.data());
}

TEST_CASE("pipeline: the guidance embedding has sines first and ends at frequency 1 / 10000") {
  const Tensor row = sdxl::guidance_scale_embedding(1.5, 2, 6);  // w = 500, k = 0, 1, 2 of 2
  REQUIRE(row.shape() == tensor::Shape{2, 6});
  CHECK(row.at({1, 0}) == doctest::Approx(std::sin(500.0)).epsilon(1e-4));
  CHECK(row.at({1, 1}) == doctest::Approx(std::sin(5.0)).epsilon(1e-4));
  CHECK(row.at({1, 2}) == doctest::Approx(std::sin(0.05)).epsilon(1e-4));
  CHECK(row.at({1, 3}) == doctest::Approx(std::cos(500.0)).epsilon(1e-4));
}

TEST_CASE("pipeline: time ids put the height first in every pair") {
  const MicroConditioning sizes = {
      .original_size = {1, 2}, .crop_top = 3, .crop_left = 4, .target_size = {5, 6}};
  const Tensor ids = sdxl::time_ids(sizes, 2);
  REQUIRE(ids.shape() == tensor::Shape{2, 6});
  for (int64_t i = 0; i < 6; ++i) {
    CHECK(ids.at({1, i}) == static_cast<float>(i + 1));
  }
}

TEST_CASE("pipeline: time ids of guidance alternate over the batch as in diffusers") {
  const MicroConditioning positive = {.original_size = {1, 1}, .target_size = {8, 8}};
  const MicroConditioning negative = {.original_size = {2, 2}, .target_size = {8, 8}};
  const auto [one_negative, one_positive] = sdxl::guided_time_ids(negative, positive, 1);
  CHECK(one_negative.at({0, 0}) == 2.0f);
  CHECK(one_positive.at({0, 0}) == 1.0f);

  const auto [first, second] = sdxl::guided_time_ids(negative, positive, 3);  // n p n | p n p
  CHECK(first.at({0, 0}) == 2.0f);
  CHECK(first.at({1, 0}) == 1.0f);
  CHECK(first.at({2, 0}) == 2.0f);
  CHECK(second.at({0, 0}) == 1.0f);
  CHECK(second.at({1, 0}) == 2.0f);
}

TEST_CASE("pipeline: denoising_end keeps the timesteps down to its share of the noise") {
  sdxl::SchedulerConfig config;
  config.timestep_spacing = sdxl::TimestepSpacing::leading;
  config.steps_offset = 1;
  sdxl::EulerDiscreteScheduler scheduler(config);
  scheduler.set_timesteps(10);  // 901, 801, ... 1
  const auto kept = [&](std::optional<double> end) {
    return sdxl::steps_until(scheduler, end, 1000);
  };
  CHECK(kept(0.8) == 8);
  CHECK(kept(0.7) == 7);
  CHECK(kept(0.3) == 3);
  CHECK(kept(0.0005) == 0);  // 999.5 rounds to the even 1000, above every timestep
  CHECK(kept(std::nullopt) == 10);
  CHECK(kept(0.0) == 10);
  CHECK(kept(1.0) == 10);
}
