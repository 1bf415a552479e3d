#include "sdxl/inspect/noise_levels.h"

#include <doctest/doctest.h>

TEST_CASE("inspect: noise levels of all schedulers agree where their timesteps do") {
  sdxl::SchedulerConfig config;
  config.beta_schedule = sdxl::BetaSchedule::scaled_linear;
  config.beta_start = 0.00085;
  config.beta_end = 0.012;
  config.timestep_spacing = sdxl::TimestepSpacing::leading;
  config.steps_offset = 1;
  const auto levels = [&](const std::string& name) {
    const auto scheduler = sdxl::make_scheduler(config, name);
    scheduler->set_timesteps(4);
    return sdxl::noise_levels(*scheduler);
  };
  const std::vector<sdxl::NoiseLevel> ddpm = levels("ddpm"), euler = levels("euler");
  REQUIRE(ddpm.size() == 4);
  REQUIRE(euler.size() == 4);
  for (size_t i = 0; i < 4; ++i) {
    CHECK(ddpm[i].signal * ddpm[i].signal + ddpm[i].noise * ddpm[i].noise == doctest::Approx(1));
    CHECK(euler[i].signal == 1);
    CHECK(euler[i].noise == doctest::Approx(ddpm[i].noise / ddpm[i].signal));
  }
}
