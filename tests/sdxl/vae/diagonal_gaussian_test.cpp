#include "sdxl/vae/diagonal_gaussian.h"

#include <doctest/doctest.h>

#include "tests/support/golden.h"

using sdxl::DiagonalGaussian;
using support::Golden;
using support::Tensor;

TEST_CASE("vae: the posterior clamps its variance and is sampled as in diffusers") {
  const Golden golden("vae_posterior");
  const DiagonalGaussian posterior(golden.input("moments"));
  sdxl::RecordedNoise recorded({golden.input("noise")});
  sdxl::SeededNoise seeded(5);
  const std::vector<nn::Recorder::Entry> ours = {
      {"mean", posterior.mean()},
      {"log_variance", posterior.log_variance()},
      {"sample", posterior.sample(recorded)},
      {"sample_of_seed", posterior.sample(seeded)},
  };
  std::vector<nn::Recorder::Entry> theirs;
  for (const auto& entry : ours) theirs.push_back({entry.path, golden.output(entry.path)});
  CHECK(nn::compare(ours, theirs).verdict(1e-6) == "");
}

TEST_CASE("vae: the posterior's mode is its mean and its moments are not clamped") {
  const Tensor moments = Tensor::from({1, 2, 1, 2}, {0.5f, -0.5f, 100.0f, -100.0f});
  const DiagonalGaussian posterior(moments);
  CHECK(posterior.mode().at({0, 0, 0, 1}) == -0.5f);
  CHECK(posterior.log_variance().at({0, 0, 0, 0}) == 20.0f);
  CHECK(posterior.log_variance().at({0, 0, 0, 1}) == -30.0f);
  CHECK(posterior.moments().at({0, 1, 0, 0}) == 100.0f);
}
