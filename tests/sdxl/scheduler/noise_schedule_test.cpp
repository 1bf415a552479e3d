#include "sdxl/scheduler/noise_schedule.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "tests/sdxl/scheduler/scheduler_golden.h"

using support::scheduler_config;
using support::SchedulerGolden;
using support::Tensor;

namespace {

const std::string sdxl_schedule =
    R"({"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012})";

}  // namespace

TEST_CASE("noise schedule: alpha_bar is the reference's bit for bit") {
  const SchedulerGolden golden;
  for (const auto& entry : golden.list("schedules")) {
    const auto& name = entry.first;
    const auto& config = entry.second;
    CAPTURE(name);
    const std::vector<float> ours = sdxl::alpha_bars(scheduler_config(config));
    const Tensor theirs = golden.tensor("alpha_bars/" + name);
    REQUIRE(static_cast<int64_t>(ours.size()) == theirs.size());
    // Rescaling takes square roots, whose last digit is not the same in every build of torch.
    const float limit = name == "zero_snr" ? 1e-6f : 0.0f;
    float worst = 0;
    for (size_t t = 0; t < ours.size(); ++t) {
      worst = std::max(worst, std::fabs(ours[t] - theirs.data()[t]));
    }
    CHECK(worst <= limit);
  }
}

TEST_CASE("noise schedule: the SDXL schedule has the published numbers") {
  const sdxl::SchedulerConfig config = scheduler_config(sdxl_schedule);
  const std::vector<float> beta = sdxl::betas(config);
  CHECK(beta[0] == 0.000849999953f);
  CHECK(beta[1] == 0.000854698592f);
  CHECK(beta[2] == 0.000859410211f);
  CHECK(beta[998] == 0.0119823748f);
  CHECK(beta[999] == 0.0119999992f);

  const std::vector<float> alpha_bar = sdxl::alpha_bars(config);
  CHECK(alpha_bar[0] == 0.999149978f);
  CHECK(alpha_bar[4] == 0.995710254f);
  CHECK(alpha_bar[500] == 0.276332468f);
  CHECK(alpha_bar[999] == 0.00466009509f);

  const std::vector<float> sigma = sdxl::sigmas(alpha_bar);
  CHECK(sigma[0] == doctest::Approx(0.0291675329).epsilon(2e-7));
  CHECK(sigma[1] == doctest::Approx(0.041314479).epsilon(2e-7));
  CHECK(sigma[999] == doctest::Approx(14.6146469).epsilon(2e-7));
}

TEST_CASE("noise schedule: a zero terminal SNR keeps the first step and ends in noise alone") {
  sdxl::SchedulerConfig config = scheduler_config(sdxl_schedule);
  const float first = sdxl::alpha_bars(config).front();
  config.rescale_betas_zero_snr = true;
  const std::vector<float> alpha_bar = sdxl::alpha_bars(config);
  CHECK(alpha_bar.front() == doctest::Approx(first).epsilon(1e-6));
  CHECK(alpha_bar.back() == 0.0f);
}

TEST_CASE("noise schedule: a schedule of one step has its first beta") {
  const sdxl::SchedulerConfig config = scheduler_config(R"({"num_train_timesteps": 1})");
  CHECK(sdxl::betas(config) == std::vector<float>{0.0001f});
}
