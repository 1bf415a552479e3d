#include "sdxl/scheduler/noise_level.h"

#include <doctest/doctest.h>

#include <cmath>

#include "sdxl/scheduler/original_sample.h"
#include "sdxl/scheduler/scheduler.h"
#include "tensor/ops.h"

using sdxl::NoiseLevel;
using tensor::Tensor;

TEST_CASE("noise level: both kinds of samples are normalized to one level") {
  const float alpha_bar = 0.36f;
  const NoiseLevel preserving = NoiseLevel::variance_preserving(alpha_bar);
  CHECK(preserving.signal == doctest::Approx(0.6));
  CHECK(preserving.noise == doctest::Approx(0.8));
  CHECK(preserving.deviation() == 1.0f);

  const NoiseLevel exploding = NoiseLevel::variance_exploding(0.8f / 0.6f);
  CHECK(exploding.deviation() == doctest::Approx(1 / 0.6));
  CHECK(exploding.normalized().signal == doctest::Approx(0.6));
  CHECK(exploding.normalized().noise == doctest::Approx(0.8));
  CHECK(exploding.lambda() == doctest::Approx(std::log(0.6 / 0.8)));
  CHECK(exploding.normalized().lambda() == doctest::Approx(exploding.lambda()));
}

TEST_CASE("noise level: every prediction type implies the x_0 and the noise of its sample") {
  const Tensor x0 = Tensor::from({1, 1, 1, 2}, {0.5f, -2.0f});
  const Tensor eps = Tensor::from({1, 1, 1, 2}, {1.5f, 0.25f});
  for (const NoiseLevel& level :
       {NoiseLevel::variance_preserving(0.36f), NoiseLevel::variance_exploding(3.0f)}) {
    CAPTURE(level.signal);
    const Tensor x = level.signal * x0 + level.noise * eps;
    const auto [alpha, sigma] = level.normalized();
    const auto check = [&](sdxl::PredictionType type, const Tensor& output) {
      const Tensor found_x0 = predict_original_sample(type, output, x, level);
      const Tensor found_eps = predict_noise(type, output, x, level);
      for (const int64_t k : {0, 1}) {
        CHECK(found_x0.at({0, 0, 0, k}) == doctest::Approx(x0.at({0, 0, 0, k})));
        CHECK(found_eps.at({0, 0, 0, k}) == doctest::Approx(eps.at({0, 0, 0, k})));
      }
    };
    check(sdxl::PredictionType::epsilon, eps);
    check(sdxl::PredictionType::v_prediction, alpha * eps - sigma * x0);
    check(sdxl::PredictionType::sample, x0);
  }
}

TEST_CASE("noise level: a new scheduler overrides three functions") {
  /// Cold diffusion in two steps: it returns the predicted x_0 with less noise.
  class TwoSteps : public sdxl::Scheduler {
   public:
    using Scheduler::Scheduler;
    void set_timesteps(int) override { timesteps_ = {999, 500}; }
    NoiseLevel level(int i) const override {
      return NoiseLevel::variance_exploding(static_cast<float>(2 - i));
    }
    Tensor step(const Tensor& output, int i, const Tensor& sample, sdxl::NoiseSource&) override {
      return add_noise(predict_original_sample(output, i, sample), output, i + 1);
    }
  };
  TwoSteps scheduler{sdxl::SchedulerConfig{}};
  scheduler.set_timesteps(2);
  sdxl::SeededNoise noise(0);
  const Tensor eps = Tensor::full({1, 1, 1, 1}, 0.5f);
  Tensor x = Tensor::full({1, 1, 1, 1}, 4.0f);  // 3 + 2 * 0.5
  CHECK(scheduler.scale_model_input(x, 0).at({0, 0, 0, 0}) == doctest::Approx(4 / std::sqrt(5.0)));
  x = scheduler.step(eps, 0, x, noise);
  CHECK(x.at({0, 0, 0, 0}) == doctest::Approx(3.5));
  x = scheduler.step(eps, 1, x, noise);
  CHECK(x.at({0, 0, 0, 0}) == doctest::Approx(3));
}
