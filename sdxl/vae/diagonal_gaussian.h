#pragma once

#include "sdxl/noise_source.h"
#include "tensor/tensor.h"

namespace sdxl {

using tensor::Tensor;

/// The distribution of an image's latents: a mean and a variance for each element.
///
///   z = mean + exp(log_variance / 2) eps
///
/// diffusers: models/autoencoders/vae.py, DiagonalGaussianDistribution
/// paper: arXiv 1312.6114, eq. 9 and appendix B
class DiagonalGaussian {
 public:
  /// moments (N, 2 C, h, w): C means, then C logarithms of variances. The latter are clamped to
  /// [-30, 20], so that no deviation vanishes or overflows.
  explicit DiagonalGaussian(const Tensor& moments);

  const Tensor& moments() const { return moments_; }            // the output of the encoder
  const Tensor& mean() const { return mean_; }                  // (N, C, h, w)
  const Tensor& log_variance() const { return log_variance_; }  // (N, C, h, w), clamped

  /// Latents drawn at random. Training, image to image and inpainting use them.
  Tensor sample(NoiseSource& noise) const;
  /// The likeliest latents: the mean.
  Tensor mode() const { return mean_; }

 private:
  Tensor moments_;
  Tensor mean_;
  Tensor log_variance_;
};

}  // namespace sdxl
