#include "sdxl/guidance/adaptive_projection.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tensor/ops.h"

namespace sdxl {

namespace {

double dot(const Tensor& a, const Tensor& b) { return mean(a * b) * static_cast<double>(a.size()); }

/// The update of one sample: not longer than the threshold, and with a share of its parallel part.
Tensor projected(Tensor update, const Tensor& eps_cond, const AdaptiveProjectionOptions& o) {
  const double norm = std::sqrt(dot(update, update));
  if (o.norm_threshold > 0.0 && norm > o.norm_threshold) {
    update = static_cast<float>(o.norm_threshold / norm) * update;
  }
  const double square = std::max(dot(eps_cond, eps_cond), 1e-24);
  const auto share = static_cast<float>(dot(update, eps_cond) / square);
  const Tensor parallel = share * eps_cond;
  return update - parallel + static_cast<float>(o.eta) * parallel;
}

}  // namespace

Tensor AdaptiveProjection::guide(const Tensor& eps_uncond, const Tensor& eps_cond, double scale) {
  const Tensor difference = eps_cond - eps_uncond;
  const auto momentum = static_cast<float>(options_.momentum);
  const bool has_momentum = momentum != 0.0f && !update_.empty();
  update_ = has_momentum ? difference + momentum * update_ : difference;
  std::vector<Tensor> samples;
  for (int64_t i = 0; i < update_.dim(0); ++i) {
    samples.push_back(
        projected(slice(update_, 0, i, i + 1), slice(eps_cond, 0, i, i + 1), options_));
  }
  return eps_uncond + static_cast<float>(scale) * concat(samples, 0);
}

}  // namespace sdxl
