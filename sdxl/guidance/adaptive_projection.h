#pragma once

#include "tensor/tensor.h"

namespace sdxl {

using tensor::Tensor;

/// The arguments of adaptive projected guidance. These values are those of classifier-free
/// guidance.
struct AdaptiveProjectionOptions {
  double eta = 1.0;             // the share of the parallel part that is kept
  double norm_threshold = 0.0;  // the update's largest norm; 0: any.   the paper's r
  double momentum = 0.0;        // of the earlier updates, most often negative.   the paper's beta

  bool is_on() const { return eta != 1.0 || norm_threshold > 0.0 || momentum != 0.0; }
};

/// Adaptive projected guidance (APG): classifier-free guidance whose update does not saturate the
/// image at large scales.
///
///   update   = eps_cond - eps_uncond + momentum * the update of the step before
///   d        = update min(1, norm_threshold / |update|)
///   parallel = (d . eps_cond) / |eps_cond|^2 * eps_cond     what makes the prediction larger
///   eps      = eps_uncond + scale (d - parallel + eta parallel)
///
/// with the dot products and norms of each sample. An eta of 0 keeps only what is orthogonal to the
/// conditional prediction. As in diffusers it works on the UNet's predictions, noise or v; the paper
/// on the predicted x_0.
/// diffusers: guiders/adaptive_projected_guidance.py, normalized_guidance
/// paper: arXiv 2410.02416, algorithm 1
class AdaptiveProjection {
 public:
  explicit AdaptiveProjection(const AdaptiveProjectionOptions& options) : options_(options) {}
  /// One step. eps_uncond, eps_cond (N, 4, h, w) -> (N, 4, h, w)
  Tensor guide(const Tensor& eps_uncond, const Tensor& eps_cond, double scale);

 private:
  AdaptiveProjectionOptions options_;
  Tensor update_;  // of the step before; empty in the first one
};

}  // namespace sdxl
