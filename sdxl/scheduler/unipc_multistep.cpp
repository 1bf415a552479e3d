#include "sdxl/scheduler/unipc_multistep.h"

#include <algorithm>
#include <cmath>

#include "sdxl/scheduler/original_sample.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

/// The config with this scheduler's defaults: its own solver_type replaces those of other solvers.
SchedulerConfig with_unipc_defaults(SchedulerConfig c) {
  if (c.solver_type == "midpoint" || c.solver_type == "heun" || c.solver_type == "logrho") {
    c.solver_type = "bh2";
  }
  c.clip_sample = false;
  return c;
}

void expect_unipc_solver(const SchedulerConfig& c) {
  if (c.solver_type != "bh1" && c.solver_type != "bh2") {
    c.error("solver_type", "expected bh1 or bh2, got " + c.solver_type);
  }
  if (c.final_sigma == FinalSigma::sigma_min) return;
  if (!c.predict_x0) c.error("final_sigmas_type", "expected sigma_min without predict_x0");
  if (!c.lower_order_final.value_or(true) && c.solver_order > 1) {
    c.error("final_sigmas_type", "expected sigma_min without lower_order_final");
  }
}

/// The rho_j of eq. 5 for these r_j, by elimination. One unknown is 1 / 2, whatever its r.
std::vector<float> weights(const std::vector<float>& r, float k, float b_of_h) {
  const size_t n = r.size();
  if (n == 1) return {0.5f};
  std::vector<std::vector<double>> rows(n);  // powers of r, then b_i
  float phi = std::expm1(k) / k - 1;
  float factorial = 1;
  for (size_t i = 0; i < n; ++i) {
    for (const float value : r) rows[i].push_back(std::pow(value, static_cast<float>(i)));
    rows[i].push_back(phi * factorial / b_of_h);
    factorial *= static_cast<float>(i + 2);
    phi = phi / k - 1 / factorial;
  }
  for (size_t column = 0; column < n; ++column) {  // to the identity
    for (size_t i = 0; i < n; ++i) {
      if (i == column) continue;
      const double share = rows[i][column] / rows[column][column];
      for (size_t j = column; j <= n; ++j) rows[i][j] -= share * rows[column][j];
    }
  }
  std::vector<float> rho;
  for (size_t i = 0; i < n; ++i) rho.push_back(static_cast<float>(rows[i][n] / rows[i][i]));
  return rho;
}

}  // namespace

UniPCMultistepScheduler::UniPCMultistepScheduler(const SchedulerConfig& config)
    : MultistepScheduler(with_unipc_defaults(config)) {
  expect_unipc_solver(config_);
}

void UniPCMultistepScheduler::set_timesteps(int steps) {
  const SigmaSchedule schedule = solver_schedule(config_, training_sigmas_, steps);
  const bool stays_on_curve = config_.sigma_spacing != SigmaSpacing::timesteps &&
                              config_.final_sigma == FinalSigma::sigma_min;
  begin(schedule, stays_on_curve ? static_cast<float>(schedule.sigmas.back()) : final_sigma());
  sample_before_ = Tensor();
}

Tensor UniPCMultistepScheduler::step(const Tensor& output, int i, const Tensor& sample,
                                     NoiseSource&) {
  const Tensor m = prediction(output, i, sample);
  const bool corrects =
      !sample_before_.empty() && std::ranges::count(config_.disable_corrector, i - 1) == 0;
  const Tensor x = corrects ? update(sample_before_, i - 1, order_before_, m) : sample;

  remember(m);
  const auto known = static_cast<int>(outputs_.size());
  const bool lowers = config_.lower_order_final.value_or(true);
  order_before_ = lowers ? std::min(known, steps() - i) : known;
  sample_before_ = x;
  return update(x, i, order_before_);
}

Tensor UniPCMultistepScheduler::prediction(const Tensor& output, int i,
                                           const Tensor& sample) const {
  if (config_.predict_x0) return predict_original_sample(output, i, sample);
  return predict_noise(config_.prediction_type, output, sample, level(i));
}

Tensor UniPCMultistepScheduler::update(const Tensor& x, int from, int order,
                                       const Tensor& at_next) const {
  const NoiseLevel before = level(from);
  const NoiseLevel after = level(from + 1);
  const float h = after.lambda() - before.lambda();
  const Tensor& m0 = outputs_[0];
  std::vector<float> r;
  std::vector<Tensor> d;
  for (int j = 1; j < order; ++j) {
    r.push_back((level(from - j).lambda() - before.lambda()) / h);
    d.push_back((outputs_[j] - m0) / r.back());
  }
  if (!at_next.empty()) {
    r.push_back(1);
    d.push_back(at_next - m0);
  }
  const float k = config_.predict_x0 ? -h : h;
  const float growth = std::expm1(k);
  const float b_of_h = config_.solver_type == "bh1" ? k : growth;
  const float kept = config_.predict_x0 ? after.noise / before.noise : after.signal / before.signal;
  const float scale = config_.predict_x0 ? after.signal : after.noise;

  const Tensor first_order = kept * x - (scale * growth) * m0;
  if (d.empty()) return first_order;
  const std::vector<float> rho = weights(r, k, b_of_h);
  Tensor sum = rho[0] * d[0];
  for (size_t j = 1; j < d.size(); ++j) sum = sum + rho[j] * d[j];
  return first_order - (scale * b_of_h) * sum;
}

}  // namespace sdxl
