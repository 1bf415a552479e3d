#include "sdxl/scheduler/timestep_spacing.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "sdxl/scheduler/scheduler.h"
#include "tests/sdxl/scheduler/scheduler_golden.h"

using support::scheduler_config;
using support::SchedulerGolden;
using support::Tensor;

namespace {

/// The two check sums that the reference script makes of a list of timesteps.
struct CheckSums {
  double plain = 0;
  double weighted = 0;
  bool operator==(const CheckSums&) const = default;
};

CheckSums check_sums(const std::vector<float>& timesteps) {
  CheckSums sums;
  for (size_t i = 0; i < timesteps.size(); ++i) {
    sums.plain += timesteps[i];
    sums.weighted += static_cast<double>(i + 1) * timesteps[i];
  }
  sums.weighted = std::fmod(sums.weighted, 1000003.0);
  return sums;
}

}  // namespace

TEST_CASE("timesteps: 1 to 1000 steps of every spacing equal the reference") {
  const SchedulerGolden golden;
  for (const auto& entry : golden.list("grids")) {
    const auto& name = entry.first;
    const auto& config = entry.second;
    const auto scheduler = sdxl::make_scheduler(scheduler_config(config));
    const Tensor expected = golden.tensor("grids/" + name);
    int refused = 0;
    for (int steps = 1; steps <= 1000; ++steps) {
      CAPTURE(name);
      CAPTURE(steps);
      if (expected.at({steps - 1, 0}) < 0) {
        CHECK_THROWS_AS(scheduler->set_timesteps(steps), std::invalid_argument);
        ++refused;
        continue;
      }
      scheduler->set_timesteps(steps);
      CHECK(scheduler->timesteps().size() == static_cast<size_t>(steps));
      CHECK(check_sums(scheduler->timesteps()) ==
            CheckSums{expected.at({steps - 1, 0}), expected.at({steps - 1, 1})});
    }
    CHECK(refused == (name == "trailing" ? 62 : name == "leading_1" ? 1 : 0));
  }
}

TEST_CASE("timesteps: Euler's are fractional with linspace and keep the offset with leading") {
  const auto linspace =
      sdxl::make_scheduler(scheduler_config(R"({"_class_name": "EulerDiscreteScheduler"})"));
  linspace->set_timesteps(3);
  CHECK(linspace->timesteps() == std::vector<float>{999, 499.5, 0});

  const auto leading = sdxl::make_scheduler(scheduler_config(
      R"({"_class_name": "EulerDiscreteScheduler", "timestep_spacing": "leading", "steps_offset": 1})"));
  leading->set_timesteps(30);
  CHECK(leading->timesteps().front() == 958);
  CHECK(leading->timesteps()[1] == 925);
  CHECK(leading->timesteps().back() == 1);
}

TEST_CASE("timesteps: fewer steps than 1 and more than training's are refused") {
  for (const std::string& name : sdxl::scheduler_names()) {
    CAPTURE(name);
    const auto scheduler =
        sdxl::make_scheduler(scheduler_config(R"({"skip_prk_steps": true})"), name);
    const std::vector<std::string> distilled = {"lcm", "tcd"};
    const std::vector<std::string> solvers = {"dpmpp-2m", "dpmpp-2m-sde", "dpmpp-3m", "deis",
                                              "unipc"};
    std::string most = std::ranges::count(solvers, name) > 0 ? "999" : "1000";
    if (std::ranges::count(distilled, name) > 0) most = "50";
    for (const int steps : {0, -3, 1001}) {
      CHECK_THROWS_WITH(
          scheduler->set_timesteps(steps),
          ("set_timesteps: expects 1 to " + most + " steps, got " + std::to_string(steps)).c_str());
    }
  }
  const auto zero_snr = sdxl::make_scheduler(
      scheduler_config(R"({"rescale_betas_zero_snr": true, "timestep_spacing": "trailing"})"),
      "ddpm");
  CHECK_THROWS_WITH(zero_snr->set_timesteps(10), doctest::Contains("timestep 999 is noise alone"));
  const auto trailing =
      sdxl::make_scheduler(scheduler_config(R"({"timestep_spacing": "trailing"})"), "euler");
  CHECK_THROWS_WITH(trailing->set_timesteps(61),
                    "set_timesteps: with trailing spacing, 61 of 1000 steps round to one step too "
                    "many in the reference; choose one more or one less");
  CHECK_NOTHROW(trailing->set_timesteps(62));
}

TEST_CASE("timesteps: given ones have to fall, and to lie in training's schedule") {
  const auto euler = sdxl::make_scheduler(scheduler_config("{}"), "euler");
  euler->use_timesteps({999, 500.5, 0});
  CHECK(euler->timesteps() == std::vector<float>{999, 500.5, 0});
  CHECK_THROWS_WITH(euler->use_timesteps({}), "timesteps: expected at least one");
  CHECK_THROWS_WITH(euler->use_timesteps({1000, 2}),
                    "timesteps: expected numbers from 0 to 999, got 1000");
  CHECK_THROWS_WITH(euler->use_timesteps({10, -1}),
                    "timesteps: expected numbers from 0 to 999, got -1");
  CHECK_THROWS_WITH(euler->use_timesteps({NAN}), doctest::Contains("from 0 to 999, got"));
  CHECK_THROWS_WITH(euler->use_timesteps({10, 5, 5}),
                    "timesteps: expected each to be less than the one before, got 5 after 5");
  for (const std::string name : {"ddpm", "dpmpp-2m", "lcm", "tcd"}) {
    CAPTURE(name);
    const auto whole = sdxl::make_scheduler(scheduler_config("{}"), name);
    CHECK_THROWS_WITH(whole->use_timesteps({10.5}),
                      "timesteps: this scheduler takes whole numbers, got 10.5");
    CHECK_NOTHROW(whole->use_timesteps({10}));
  }
  for (const std::string name :
       {"ddim", "pndm", "euler-ancestral", "kdpm2", "deis", "unipc", "edm-euler", "edm-dpmpp-2m"}) {
    CAPTURE(name);
    const auto fixed = sdxl::make_scheduler(scheduler_config("{}"), name);
    CHECK_THROWS_WITH(fixed->use_timesteps({10}), doctest::Contains("this scheduler chooses its"));
    CHECK_THROWS_WITH(fixed->use_sigmas({1, 0}), doctest::Contains("this scheduler chooses its"));
  }
  for (const std::string name : {"euler", "dpmpp-2m", "heun"}) {
    CAPTURE(name);
    const auto curve =
        sdxl::make_scheduler(scheduler_config(R"({"use_karras_sigmas": true})"), name);
    CHECK_THROWS_WITH(curve->use_timesteps({10}), doctest::Contains("noise levels follow a curve"));
  }
}

TEST_CASE("sigmas: given ones have to fall, and the last one ends the run") {
  const auto euler = sdxl::make_scheduler(scheduler_config("{}"), "euler");
  euler->use_sigmas({10, 1, 0.5});
  CHECK(euler->steps() == 2);
  CHECK(euler->level(2).noise == 0.5f);
  CHECK_THROWS_WITH(euler->use_sigmas({1}),
                    "sigmas: expected at least two, the last one where the run ends, got 1");
  CHECK_THROWS_WITH(euler->use_sigmas({1, -0.5}), "sigmas: expected numbers from 0 on, got -0.5");
  CHECK_THROWS_WITH(euler->use_sigmas({INFINITY, 1}), doctest::Contains("numbers from 0 on, got"));
  CHECK_THROWS_WITH(euler->use_sigmas({1, NAN}), doctest::Contains("numbers from 0 on, got"));
  CHECK_THROWS_WITH(euler->use_sigmas({1, 2, 0}),
                    "sigmas: expected each to be less than the one before, got 2 after 1");
  CHECK_THROWS_WITH(sdxl::set_schedule(*euler, 5, {10}, {1, 0}),
                    "timesteps and sigmas exclude each other; expected one of them");
}
