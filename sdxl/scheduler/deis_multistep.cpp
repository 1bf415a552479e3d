#include "sdxl/scheduler/deis_multistep.h"

#include <cmath>

#include "tensor/ops.h"

namespace sdxl {

namespace {

/// Of all ways to clip x_0 only thresholding is used, and the algorithms and solvers of other
/// classes stand for this one's.
SchedulerConfig with_deis_defaults(SchedulerConfig c) {
  if (c.algorithm_type.starts_with("sde")) {
    c.error("algorithm_type", "expected deis, dpmsolver or dpmsolver++, got " + c.algorithm_type);
  }
  c.clip_sample = false;
  c.rescale_betas_zero_snr = false;
  return c;
}

/// An antiderivative of the Lagrange polynomial that is 1 at log b and 0 at log c.
float antiderivative(float rho, float b, float c) {
  return rho * (-std::log(c) + std::log(rho) - 1) / (std::log(b) - std::log(c));
}

/// The same of the one that is 1 at log b and 0 at log c and log d.
float antiderivative(float rho, float b, float c, float d) {
  const float r = std::log(rho), log_b = std::log(b), log_c = std::log(c), log_d = std::log(d);
  const float numerator = rho * (log_c * (log_d - r + 1) - log_d * r + log_d + r * r - 2 * r + 2);
  return numerator / ((log_b - log_c) * (log_b - log_d));
}

}  // namespace

DEISMultistepScheduler::DEISMultistepScheduler(const SchedulerConfig& config)
    : MultistepScheduler(with_deis_defaults(config)) {}

void DEISMultistepScheduler::set_timesteps(int steps) {
  const SigmaSchedule schedule = solver_schedule(config_, training_sigmas_, steps);
  const bool is_curve = config_.sigma_spacing != SigmaSpacing::timesteps;
  begin(schedule, is_curve ? static_cast<float>(schedule.sigmas.back()) : training_sigmas_.front());
}

Tensor DEISMultistepScheduler::step(const Tensor& output, int i, const Tensor& sample,
                                    NoiseSource&) {
  const NoiseLevel from = level(i);
  const NoiseLevel to = level(i + 1);
  const Tensor x0 = predict_original_sample(output, i, sample);
  remember((sample - from.signal * x0) / from.noise);

  const int order = order_of(i, is_short());
  if (order == 1) {
    const float h = to.lambda() - from.lambda();
    return (to.signal / from.signal) * sample - (to.noise * (std::exp(h) - 1)) * outputs_[0];
  }
  Tensor x = sample / from.signal;
  const std::vector<float> c = weights(i, order);
  for (int j = 0; j < order; ++j) x = x + c[j] * outputs_[j];
  return to.signal * x;
}

std::vector<float> DEISMultistepScheduler::weights(int i, int order) const {
  const auto rho = [&](int k) { return level(k).noise / level(k).signal; };
  const float end = rho(i + 1), b = rho(i), c = rho(i - 1);
  if (order == 2) {
    return {antiderivative(end, b, c) - antiderivative(b, b, c),
            antiderivative(end, c, b) - antiderivative(b, c, b)};
  }
  const float d = rho(i - 2);
  return {antiderivative(end, b, c, d) - antiderivative(b, b, c, d),
          antiderivative(end, c, d, b) - antiderivative(b, c, d, b),
          antiderivative(end, d, b, c) - antiderivative(b, d, b, c)};
}

}  // namespace sdxl
