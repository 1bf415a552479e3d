#pragma once

#include "tensor/image/image.h"

namespace tensor {

// Differences of two images of one size. All three functions average over all bytes: pixels and
// channels. Errors: std::invalid_argument when the sizes differ, or without pixels.

/// Mean absolute error, in bytes: mean |a - b|, 0 for equal images, 255 at most.
double mean_absolute_error(const Image& a, const Image& b);

/// Peak signal-to-noise ratio, in decibels: 10 log10(255^2 / mean((a - b)^2)); infinite for equal
/// images.
double psnr(const Image& a, const Image& b);

/// Structural similarity, -1 to 1, 1 for equal images: the mean over all windows of
///
///   (2 m_a m_b + C1) (2 s_ab + C2) / ((m_a^2 + m_b^2 + C1) (s_a^2 + s_b^2 + C2))
///
/// with the means m, variances s^2 and covariance s_ab of an 11 x 11 Gaussian window (sigma 1.5),
/// and C1 = (0.01 * 255)^2, C2 = (0.03 * 255)^2.
/// Errors: std::invalid_argument also for an image smaller than the window.
/// paper: Wang, Bovik, Sheikh, Simoncelli: "Image quality assessment" (2004)
double ssim(const Image& a, const Image& b);

}  // namespace tensor
