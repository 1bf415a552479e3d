// The loop of diffusers' own scheduler tests: a sample, a noise and a model without random numbers.

#include <doctest/doctest.h>

#include <cmath>

#include "sdxl/scheduler/scheduler.h"
#include "tensor/ops.h"
#include "tests/sdxl/scheduler/scheduler_golden.h"

using support::scheduler_config;
using support::Tensor;

namespace {

const std::string sdxl_config = R"({"_class_name": "EulerDiscreteScheduler",
    "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear",
    "clip_sample": false, "steps_offset": 1, "timestep_spacing": "leading"})";

/// (4, 3, 8, 8): arange(768) as (3, 8, 8, 4) with the last axis brought to the front, over 768.
Tensor dummy_sample() {
  std::vector<float> values;
  for (int i = 0; i < 768; ++i) values.push_back(static_cast<float>(i) / 768);
  const Tensor rows = Tensor::from({3, 8, 8, 4}, values);
  return permute(rows, {3, 0, 1, 2});
}

/// The same, counted from the end.
Tensor dummy_noise() {
  std::vector<float> values;
  for (int i = 767; i >= 0; --i) values.push_back(static_cast<float>(i) / 768);
  return permute(Tensor::from({3, 8, 8, 4}, values), {3, 0, 1, 2});
}

Tensor dummy_model(const Tensor& x, float t) { return (t * x) / (t + 1); }

double sum_of_magnitudes(const Tensor& x) {
  double sum = 0;
  for (int64_t i = 0; i < x.size(); ++i) sum += std::fabs(x.data()[i]);
  return sum;
}

sdxl::SchedulerConfig sdxl_with(sdxl::TimestepSpacing spacing, sdxl::SigmaSpacing sigmas) {
  sdxl::SchedulerConfig config = scheduler_config(sdxl_config);
  config.timestep_spacing = spacing;
  config.sigma_spacing = sigmas;
  return config;
}

/// The loop as a pipeline has it.
Tensor run(sdxl::Scheduler& scheduler, int steps) {
  scheduler.set_timesteps(steps);
  sdxl::SeededNoise noise(0);
  Tensor x = scheduler.init_noise_sigma() * dummy_sample();
  for (int i = 0; i < steps; ++i) {
    const Tensor output = dummy_model(scheduler.scale_model_input(x, i), scheduler.timesteps()[i]);
    x = scheduler.step(output, i, x, noise);
  }
  return x;
}

struct Result {
  std::string scheduler;
  sdxl::TimestepSpacing spacing;
  sdxl::SigmaSpacing sigmas;
  int steps;
  double sum, first, middle, last;  // x[0,0,0,1], x[1,2,3,4], x[3,2,7,7]
};

}  // namespace

TEST_CASE("schedulers: the dummy loop at SDXL's settings ends where the reference's does") {
  using enum sdxl::TimestepSpacing;
  constexpr auto plain = sdxl::SigmaSpacing::timesteps;
  constexpr auto karras = sdxl::SigmaSpacing::karras;
  const std::vector<Result> results = {
      {"euler", leading, plain, 4, 156.799599, 0.0021295, 0.3327349, 0.4083322},
      {"euler", leading, plain, 10, 180.648401, 0.0024534, 0.3833430, 0.4704385},
      {"euler", leading, plain, 20, 189.347455, 0.0025715, 0.4018027, 0.4930923},
      {"euler", leading, karras, 4, 158.021823, 0.0021461, 0.3353286, 0.4115152},
      {"euler", leading, karras, 10, 181.965747, 0.0024713, 0.3861385, 0.4738691},
      {"euler", leading, karras, 20, 190.992955, 0.0025939, 0.4052946, 0.4973774},
      {"euler", trailing, plain, 4, 145.746072, 0.0019794, 0.3092789, 0.3795470},
      {"euler", trailing, plain, 10, 173.870496, 0.0023613, 0.3689601, 0.4527878},
      {"euler", trailing, plain, 20, 183.664961, 0.0024944, 0.3897443, 0.4782941},
      {"ddpm", leading, plain, 4, 210.670830, -0.1039987, 0.0705194, 0.2690981},
      {"ddpm", leading, plain, 10, 247.908644, 0.0305545, 0.2061815, -0.0290402},
      {"ddpm", leading, plain, 20, 261.894019, 0.1192248, 0.1658657, 0.4930022},
  };
  for (const Result& expected : results) {
    CAPTURE(expected.scheduler);
    CAPTURE(expected.steps);
    CAPTURE(expected.sum);
    const auto scheduler =
        sdxl::make_scheduler(sdxl_with(expected.spacing, expected.sigmas), expected.scheduler);
    const Tensor x = run(*scheduler, expected.steps);
    CHECK(sum_of_magnitudes(x) == doctest::Approx(expected.sum).epsilon(1e-6));
    CHECK(std::fabs(x.at({0, 0, 0, 1}) - expected.first) <= 5e-7);
    CHECK(std::fabs(x.at({1, 2, 3, 4}) - expected.middle) <= 5e-7);
    CHECK(std::fabs(x.at({3, 2, 7, 7}) - expected.last) <= 5e-7);
  }
}

TEST_CASE("schedulers: the loops of diffusers' own tests give the published sums") {
  SUBCASE("euler and euler-ancestral, which are handed the scaled sample there") {
    const auto check = [](const std::string& name, double sum, double mean) {
      CAPTURE(name);
      const auto scheduler =
          sdxl::make_scheduler(scheduler_config(R"({"num_train_timesteps": 1100})"), name);
      scheduler->set_timesteps(10);
      sdxl::SeededNoise noise(0);
      Tensor x = scheduler->init_noise_sigma() * dummy_sample();
      for (int i = 0; i < 10; ++i) {
        x = scheduler->scale_model_input(x, i);
        x = scheduler->step(dummy_model(x, scheduler->timesteps()[i]), i, x, noise);
      }
      CHECK(std::fabs(sum_of_magnitudes(x) - sum) < 1e-3);
      CHECK(std::fabs(sum_of_magnitudes(x) / 768 - mean) < 1e-4);
    };
    check("euler", 10.0807, 0.0131);
    check("euler-ancestral", 152.3193, 0.1983);
  }
  SUBCASE("the others") {
    const auto check = [](const std::string& name, const std::string& config, int steps, double sum,
                          double mean) {
      CAPTURE(name);
      const auto scheduler = sdxl::make_scheduler(scheduler_config(config), name);
      const Tensor x = run(*scheduler, steps);
      if (sum > 0) CHECK(std::fabs(sum_of_magnitudes(x) - sum) < 1e-3);
      CHECK(std::fabs(sum_of_magnitudes(x) / 768 - mean) < 1e-4);
    };
    check("ddim", "{}", 10, 172.0067, 0.223967);
    check("dpmpp-2m", R"({"lower_order_final": false, "final_sigmas_type": "sigma_min"})", 10, 0,
          0.33015);  // the sum isn't published
    check("lcm", "{}", 1, 18.7097, 0.0244);
  }
  SUBCASE("ddpm, all thousand steps") {
    const auto scheduler =
        sdxl::make_scheduler(scheduler_config(R"({"_class_name": "DDPMScheduler"})"));
    const Tensor x = run(*scheduler, 1000);
    CHECK(std::fabs(sum_of_magnitudes(x) - 258.9611) < 1e-3);
    CHECK(std::fabs(sum_of_magnitudes(x) / 768 - 0.3372) < 1e-4);
  }
}

TEST_CASE("schedulers: add_noise at the ninth of ten steps") {
  using enum sdxl::TimestepSpacing;
  constexpr auto plain = sdxl::SigmaSpacing::timesteps;
  constexpr auto karras = sdxl::SigmaSpacing::karras;
  const std::vector<Result> results = {
      {"euler", leading, plain, 10, 516.262827, 0, 0.8778107, 0},
      {"euler", leading, karras, 10, 419.919907, 0, 0.8313611, 0},
      {"euler", trailing, plain, 10, 601.820948, 0, 0.9190606, 0},
      {"ddpm", leading, plain, 10, 487.856145, 0, 0.8295103, 0},
  };
  for (const Result& expected : results) {
    CAPTURE(expected.scheduler);
    CAPTURE(expected.sum);
    const auto scheduler =
        sdxl::make_scheduler(sdxl_with(expected.spacing, expected.sigmas), expected.scheduler);
    scheduler->set_timesteps(expected.steps);
    const Tensor x = scheduler->add_noise(dummy_sample(), dummy_noise(), 8);
    CHECK(sum_of_magnitudes(x) == doctest::Approx(expected.sum).epsilon(1e-6));
    CHECK(std::fabs(x.at({1, 2, 3, 4}) - expected.middle) <= 5e-7);
  }
}

TEST_CASE("schedulers: DDPM's variances at ten of SDXL's steps") {
  // With nothing in sample and output, a noise of ones leaves the deviation.
  const std::vector<double> variances = {0.60269159, 0.52777576, 0.44607365, 0.36142662, 0.27837139,
                                         0.20078473, 0.13089369, 0.06809863, 0.00167971, 1e-20};
  const auto scheduler = sdxl::make_scheduler(scheduler_config(sdxl_config), "ddpm");
  scheduler->set_timesteps(10);
  const Tensor nothing = Tensor::zeros({1, 1, 1, 1});
  for (int i = 0; i < 10; ++i) {
    sdxl::RecordedNoise one({Tensor::full({1, 1, 1, 1}, 1)});
    const double deviation = scheduler->step(nothing, i, nothing, one).at({0, 0, 0, 0});
    CHECK(deviation * deviation == doctest::Approx(variances[i]).epsilon(1e-5));
  }
}

TEST_CASE("schedulers: DDPM draws no noise at timestep 0") {
  const auto scheduler = sdxl::make_scheduler(scheduler_config("{}"), "ddpm");
  scheduler->set_timesteps(1000);
  const Tensor x = Tensor::full({1, 1, 2, 2}, 0.5f);
  sdxl::RecordedNoise none({});
  CHECK_NOTHROW(scheduler->step(x, 999, x, none));
  CHECK_THROWS_WITH(scheduler->step(x, 998, x, none),
                    "RecordedNoise: expected a draw of shape (1, 1, 2, 2), but none is left");
}

TEST_CASE("schedulers: recorded noise is returned in order and has to fit the shape") {
  sdxl::RecordedNoise noise({Tensor::full({1, 2}, 1), Tensor::full({3}, 2)});
  CHECK(noise.draw({1, 2}).at({0, 1}) == 1);
  CHECK_THROWS_WITH(noise.draw({4}),
                    "RecordedNoise: expected a draw of shape (4,), but the next one has (3,)");
  CHECK(noise.draw({3}).at({2}) == 2);
}
