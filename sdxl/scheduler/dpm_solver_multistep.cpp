#include "sdxl/scheduler/dpm_solver_multistep.h"

#include <cmath>

#include "sdxl/scheduler/original_sample.h"
#include "sdxl/scheduler/timestep_spacing.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

/// The config with this scheduler's defaults. As in diffusers its own solver_type replaces those of
/// other solvers. Of all ways to clip x_0 only thresholding is used.
SchedulerConfig with_dpm_solver_defaults(SchedulerConfig c) {
  if (c.solver_type == "logrho" || c.solver_type == "bh1" || c.solver_type == "bh2") {
    c.solver_type = "midpoint";
  }
  if (c.algorithm_type == "deis") c.algorithm_type = "dpmsolver++";
  if (c.use_lu_lambdas && c.sigma_spacing != SigmaSpacing::karras) {
    c.sigma_spacing = SigmaSpacing::lu;
  }
  c.clip_sample = false;
  return c;
}

void expect_dpm_solver(const SchedulerConfig& c) {
  const std::string& algorithm = c.algorithm_type;
  const bool is_plus_plus = algorithm == "dpmsolver++" || algorithm == "sde-dpmsolver++";
  if (!is_plus_plus && algorithm != "dpmsolver" && algorithm != "sde-dpmsolver") {
    c.error("algorithm_type",
            "expected dpmsolver++, sde-dpmsolver++, dpmsolver or sde-dpmsolver, got " + algorithm);
  }
  if (!is_plus_plus && c.final_sigma == FinalSigma::zero) {
    c.error("final_sigmas_type",
            "expected sigma_min for " + algorithm + ", which divides by sigma");
  }
  if (algorithm == "sde-dpmsolver" && c.solver_order == 3) {
    c.error("solver_order", "expected 1 or 2 for sde-dpmsolver, got 3");
  }
  if (c.solver_type != "midpoint" && c.solver_type != "heun") {
    c.error("solver_type", "expected midpoint or heun, got " + c.solver_type);
  }
}

}  // namespace

DPMSolverMultistepScheduler::DPMSolverMultistepScheduler(const SchedulerConfig& config)
    : MultistepScheduler(with_dpm_solver_defaults(config)),
      is_plus_plus_(config_.algorithm_type.ends_with("++")),
      is_sde_(config_.algorithm_type.starts_with("sde")) {
  expect_dpm_solver(config_);
}

void DPMSolverMultistepScheduler::set_timesteps(int steps) {
  const bool rounds = config_.beta_schedule != BetaSchedule::squaredcos_cap_v2;
  begin(solver_schedule(config_, training_sigmas_, steps, rounds), final_sigma());
}

void DPMSolverMultistepScheduler::use_timesteps(const std::vector<double>& given) {
  expect_no_curve(config_);
  begin(schedule_at(training_sigmas_, given_timesteps(config_, given, true)), final_sigma());
}

Tensor DPMSolverMultistepScheduler::step(const Tensor& output, int i, const Tensor& sample,
                                         NoiseSource& noise) {
  remember(prediction(output, i, sample));
  const bool to_no_noise = config_.final_sigma == FinalSigma::zero;
  const int order = order_of(i, config_.euler_at_final || is_short() || to_no_noise);
  const Shares share = shares(i, order);
  Tensor x = share.x * sample;
  const std::vector<Tensor> d = differences(i, order);
  for (int k = 0; k < order; ++k) x = x + share.d[k] * d[k];
  return is_sde_ ? x + share.z * noise.draw(sample.shape()) : x;
}

Tensor DPMSolverMultistepScheduler::prediction(const Tensor& output, int i,
                                               const Tensor& sample) const {
  if (is_plus_plus_) return predict_original_sample(output, i, sample);
  if (!config_.thresholding) {
    return predict_noise(config_.prediction_type, output, sample, level(i));
  }
  const auto [signal, noise] = level(i);
  return (sample - signal * predict_original_sample(output, i, sample)) / noise;
}

DPMSolverMultistepScheduler::Shares DPMSolverMultistepScheduler::shares(int i, int order) const {
  const NoiseLevel from = level(i);
  const NoiseLevel to = level(i + 1);
  const float h = log_snr_step(i);
  const float k = is_plus_plus_ ? (is_sde_ ? -2 * h : -h) : h;
  const float f = std::exp(k) - 1;
  const float scale = is_plus_plus_ ? to.signal : (is_sde_ ? 2 * to.noise : to.noise);

  Shares s;
  s.x = is_plus_plus_ ? to.noise / from.noise : to.signal / from.signal;
  if (is_plus_plus_ && is_sde_) s.x *= std::exp(-h);
  if (is_sde_) s.z = to.noise * std::sqrt(is_plus_plus_ ? -f : std::exp(2 * h) - 1);
  s.d[0] = -scale * f;
  const bool is_exact = order == 3 || config_.solver_type == "heun";
  s.d[1] = is_exact ? -scale * (f / k - 1) : -0.5f * scale * f;
  // The SDE's sign of 1 / 2 is diffusers': without noise it would be the other one.
  s.d[2] = -scale * ((f - k) / (k * k) + (is_sde_ ? 0.5f : -0.5f));
  return s;
}

std::vector<Tensor> DPMSolverMultistepScheduler::differences(int i, int order) const {
  if (order == 1) return {outputs_[0]};
  const float r0 = log_snr_step(i - 1) / log_snr_step(i);
  const Tensor d1 = (1 / r0) * (outputs_[0] - outputs_[1]);
  if (order == 2) return {outputs_[0], d1};
  const float r1 = log_snr_step(i - 2) / log_snr_step(i);
  const Tensor d1_before = (1 / r1) * (outputs_[1] - outputs_[2]);
  const Tensor change = d1 - d1_before;
  return {outputs_[0], d1 + (r0 / (r0 + r1)) * change, (1 / (r0 + r1)) * change};
}

float DPMSolverMultistepScheduler::log_snr_step(int i) const {
  return level(i + 1).lambda() - level(i).lambda();
}

}  // namespace sdxl
