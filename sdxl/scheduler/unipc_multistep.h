#pragma once

#include "sdxl/scheduler/multistep.h"

namespace sdxl {

/// UniPC: a predictor like DPM-Solver's, and a corrector of one order more that costs no further
/// evaluation: the UNet's prediction at the new sample also corrects this sample.
///
///   x' = sigma' / sigma x - alpha' (e^k - 1) m_0 - alpha' B sum_j rho_j (m_j - m_0) / r_j     eq. 8
///   sum_j rho_j r_j^(i-1) = b_i,   r_j = (lambda_j - lambda) / h                             eq. 5
///
/// with the predictions m of x_0, k = -h, B = k (solver_type bh1) or e^k - 1 (bh2). The corrector's
/// sum also has the prediction at x', with r = 1. Without predict_x0 the m are of eps, k = h, and
/// alpha and sigma change places.
///
/// diffusers: scheduling_unipc_multistep.py, UniPCMultistepScheduler   paper: arXiv 2302.04867
class UniPCMultistepScheduler : public MultistepScheduler {
 public:
  /// Errors: std::runtime_error naming the field, for unknown solvers, and where diffusers divides
  /// by zero: a final sigma of zero without predict_x0 or without lower_order_final.
  explicit UniPCMultistepScheduler(const SchedulerConfig& config);

  void set_timesteps(int steps) override;
  Tensor step(const Tensor& output, int i, const Tensor& sample, NoiseSource& noise) override;

 private:
  Tensor prediction(const Tensor& output, int i, const Tensor& sample) const;
  /// The sample at level(from + 1), from `x` at level(from) and the predictions so far; with
  /// `at_next`, the prediction at level(from + 1), the corrector.
  Tensor update(const Tensor& x, int from, int order, const Tensor& at_next = {}) const;

  int order_before_ = 0;  // of the last step
  Tensor sample_before_;  // that the last step took, corrected
};

}  // namespace sdxl
