#include "sdxl/scheduler/sigma_schedule.h"

#include <cmath>

#include "sdxl/scheduler/sigma_spacing.h"
#include "sdxl/scheduler/timestep_spacing.h"
#include "tensor/error.h"

namespace sdxl {

namespace {

/// n timesteps: n + 1 of Euler's, without the last.
std::vector<float> solver_timesteps(const SchedulerConfig& config, int steps) {
  const TimestepSpacing spacing = spacing_of(config);
  const bool is_trailing = spacing == TimestepSpacing::trailing;
  if (!is_trailing) require_steps(steps, config.num_train_timesteps - 1);
  std::vector<float> timesteps;
  for (const double t : spaced_timesteps(config, spacing, is_trailing ? steps : steps + 1)) {
    timesteps.push_back(static_cast<float>(std::nearbyint(t)));
  }
  timesteps.resize(steps);
  return timesteps;
}

}  // namespace

TimestepSpacing spacing_of(const SchedulerConfig& config) {
  return config.timestep_spacing.value_or(TimestepSpacing::linspace);
}

SigmaSchedule schedule_at(const std::vector<float>& table, const std::vector<float>& timesteps) {
  SigmaSchedule schedule = {timesteps, {}};
  for (const float t : timesteps) schedule.sigmas.push_back(sigma_at(table, t));
  return schedule;
}

SigmaSchedule schedule_of(const std::vector<float>& table, const std::vector<double>& sigmas) {
  SigmaSchedule schedule = {{}, sigmas};
  for (const double sigma : sigmas) {
    schedule.timesteps.push_back(static_cast<float>(timestep_at(table, sigma)));
  }
  return schedule;
}

SigmaSchedule euler_schedule(const SchedulerConfig& config, const std::vector<float>& table,
                             int steps) {
  const std::vector<double> spaced = spaced_timesteps(config, spacing_of(config), steps);
  const SigmaSchedule schedule = schedule_at(table, {spaced.begin(), spaced.end()});
  if (config.sigma_spacing == SigmaSpacing::timesteps) return schedule;
  const std::vector<double>& sigmas = schedule.sigmas;
  return schedule_of(table, curve_sigmas(config, sigmas.front(), sigmas.back(), steps));
}

SigmaSchedule solver_schedule(const SchedulerConfig& config, const std::vector<float>& table,
                              int steps, bool rounds_curve) {
  if (config.sigma_spacing == SigmaSpacing::timesteps) {
    return schedule_at(table, solver_timesteps(config, steps));
  }
  require_steps(steps, config.num_train_timesteps);
  SigmaSchedule schedule =
      schedule_of(table, curve_sigmas(config, table.back(), table.front(), steps));
  const bool is_rounded =
      config.sigma_spacing == SigmaSpacing::karras || config.sigma_spacing == SigmaSpacing::lu;
  for (size_t i = 0; i < schedule.sigmas.size(); ++i) {
    const double t = timestep_at(table, schedule.sigmas[i]);  // in double: 499.99999 is not 500
    schedule.timesteps[i] =
        static_cast<float>(is_rounded && rounds_curve ? std::nearbyint(t) : std::trunc(t));
  }
  return schedule;
}

void expect_no_curve(const SchedulerConfig& config) {
  tensor::require(config.sigma_spacing == SigmaSpacing::timesteps,
                  "timesteps: can't be given to a scheduler whose noise levels follow a curve; "
                  "expected use_karras_sigmas, use_exponential_sigmas, use_beta_sigmas and "
                  "use_lu_lambdas to be false");
}

}  // namespace sdxl
