#include "sdxl/vae/diagonal_gaussian.h"

#include "tensor/ops.h"

namespace sdxl {

DiagonalGaussian::DiagonalGaussian(const Tensor& moments) : moments_(moments) {
  const auto [mean, log_variance] = split_half(moments, 1);
  mean_ = mean;
  log_variance_ = clamp(log_variance, -30, 20);
}

Tensor DiagonalGaussian::sample(NoiseSource& noise) const {
  const Tensor deviation = exp(0.5f * log_variance_);
  return mean_ + deviation * noise.draw(mean_.shape());
}

}  // namespace sdxl
