#include "sdxl/scheduler/dpm_solver_multistep.h"

#include <cmath>

#include "sdxl/scheduler/noise_schedule.h"
#include "sdxl/scheduler/sigma_spacing.h"
#include "sdxl/scheduler/timestep_spacing.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

/// The config with this scheduler's defaults. As in diffusers its own solver_type replaces those of
/// other solvers. Of all ways to clip x_0 only thresholding is used.
SchedulerConfig with_own_defaults(SchedulerConfig c) {
  if (c.solver_type == "logrho" || c.solver_type == "bh1" || c.solver_type == "bh2") {
    c.solver_type = "midpoint";
  }
  c.clip_sample = false;
  return c;
}

void expect_supported(const SchedulerConfig& c) {
  if (c.algorithm_type != "dpmsolver++" && c.algorithm_type != "sde-dpmsolver++") {
    c.error("algorithm_type", "expected dpmsolver++ or sde-dpmsolver++, got " + c.algorithm_type);
  }
  if (c.solver_order > 2)
    c.error("solver_order", "expected 1 or 2; the third order is left out here");
  if (c.solver_type != "midpoint" && c.solver_type != "heun") {
    c.error("solver_type", "expected midpoint or heun, got " + c.solver_type);
  }
  if (c.sigma_spacing != SigmaSpacing::timesteps && c.sigma_spacing != SigmaSpacing::karras) {
    c.error("use_exponential_sigmas, use_beta_sigmas",
            "expected false; only Karras' curve is built");
  }
}

/// The n timesteps of this solver: n + 1 of the other schedulers', without the last.
std::vector<double> solver_timesteps(const SchedulerConfig& c, TimestepSpacing spacing, int steps) {
  if (spacing == TimestepSpacing::trailing) return spaced_timesteps(c, spacing, steps);
  require_steps(steps, c.num_train_timesteps - 1);
  std::vector<double> timesteps = spaced_timesteps(c, spacing, steps + 1);
  timesteps.pop_back();
  return timesteps;
}

}  // namespace

DPMSolverMultistepScheduler::DPMSolverMultistepScheduler(const SchedulerConfig& config)
    : Scheduler(with_own_defaults(config)), training_sigmas_(training_sigmas(config)) {
  expect_supported(config_);
}

void DPMSolverMultistepScheduler::set_timesteps(int steps) {
  const TimestepSpacing spacing = config_.timestep_spacing.value_or(TimestepSpacing::linspace);
  std::vector<double> levels;
  timesteps_.clear();
  if (config_.sigma_spacing == SigmaSpacing::karras) {
    require_steps(steps, config_.num_train_timesteps);
    levels = karras_sigmas(config_.sigma_max.value_or(training_sigmas_.back()),
                           config_.sigma_min.value_or(training_sigmas_.front()), steps);
    for (const double sigma : levels) {
      timesteps_.push_back(
          static_cast<float>(std::nearbyint(timestep_at(training_sigmas_, sigma))));
    }
  } else {
    for (const double t : solver_timesteps(config_, spacing, steps)) {
      timesteps_.push_back(static_cast<float>(std::nearbyint(t)));
      levels.push_back(sigma_at(training_sigmas_, timesteps_.back()));
    }
  }
  sigmas_.assign(levels.begin(), levels.end());
  sigmas_.push_back(config_.final_sigma == FinalSigma::zero ? 0 : training_sigmas_.front());
  x0_before_ = Tensor();
}

NoiseLevel DPMSolverMultistepScheduler::level(int i) const {
  return NoiseLevel::variance_exploding(sigmas_.at(i)).normalized();
}

Tensor DPMSolverMultistepScheduler::step(const Tensor& output, int i, const Tensor& sample,
                                         NoiseSource& noise) {
  const Tensor x0 = predict_original_sample(output, i, sample);
  const bool is_sde = config_.algorithm_type == "sde-dpmsolver++";
  const Tensor z = is_sde ? noise.draw(sample.shape()) : Tensor();
  const Tensor x =
      is_first_order(i) ? first_order(sample, x0, i, z) : second_order(sample, x0, i, z);
  x0_before_ = x0;
  return x;
}

bool DPMSolverMultistepScheduler::is_first_order(int i) const {
  const auto steps = static_cast<int>(timesteps_.size());
  const bool is_short = config_.lower_order_final && steps < 15;
  const bool to_no_noise = config_.final_sigma == FinalSigma::zero;
  const bool last_is_first_order = config_.euler_at_final || is_short || to_no_noise;
  return config_.solver_order == 1 || x0_before_.empty() || (i == steps - 1 && last_is_first_order);
}

Tensor DPMSolverMultistepScheduler::first_order(const Tensor& x, const Tensor& x0, int i,
                                                const Tensor& z) const {
  const NoiseLevel from = level(i);
  const NoiseLevel to = level(i + 1);
  const float h = to.lambda() - from.lambda();
  if (z.empty()) {
    return (to.noise / from.noise) * x - (to.signal * (std::exp(-h) - 1)) * x0;
  }
  const float gone = 1 - std::exp(-2 * h);  // the share of the noise that is replaced
  return (to.noise / from.noise * std::exp(-h)) * x + (to.signal * gone) * x0 +
         (to.noise * std::sqrt(gone)) * z;
}

Tensor DPMSolverMultistepScheduler::second_order(const Tensor& x, const Tensor& x0, int i,
                                                 const Tensor& z) const {
  const NoiseLevel before = level(i - 1);
  const NoiseLevel from = level(i);
  const NoiseLevel to = level(i + 1);
  const float h = to.lambda() - from.lambda();
  const float r = (from.lambda() - before.lambda()) / h;
  const Tensor d1 = (1 / r) * (x0 - x0_before_);
  const bool is_midpoint = config_.solver_type == "midpoint";
  if (z.empty()) {
    const float growth = std::exp(-h) - 1;
    const float share = is_midpoint ? -0.5f * growth : growth / h + 1;
    return (to.noise / from.noise) * x - (to.signal * growth) * x0 + (to.signal * share) * d1;
  }
  const float gone = 1 - std::exp(-2 * h);
  const float share = is_midpoint ? 0.5f * gone : gone / (-2 * h) + 1;
  return (to.noise / from.noise * std::exp(-h)) * x + (to.signal * gone) * x0 +
         (to.signal * share) * d1 + (to.noise * std::sqrt(gone)) * z;
}

}  // namespace sdxl
