#include "tensor/image/image_metrics.h"

#include <array>
#include <cmath>
#include <limits>

#include "tensor/error.h"

namespace tensor {

namespace {

constexpr int window = 11;
constexpr double sigma = 1.5;

void require_same_size(const char* name, const Image& a, const Image& b) {
  require(a.height == b.height && a.width == b.width && !a.pixels.empty(),
          "{} expects two images of one size, got {} x {} and {} x {}", name, a.height, a.width,
          b.height, b.width);
}

std::array<double, window> gaussian() {
  std::array<double, window> weights{};
  double sum = 0.0;
  for (int i = 0; i < window; ++i) {
    const double distance = (i - window / 2) / sigma;
    weights[i] = std::exp(-0.5 * distance * distance);
    sum += weights[i];
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

/// Weighted sums over one window of one channel.
struct Moments {
  double a = 0, b = 0, aa = 0, bb = 0, ab = 0;
};

Moments window_moments(const Image& a, const Image& b, int64_t top, int64_t left, int channel) {
  static const std::array<double, window> weights = gaussian();
  Moments sum;
  for (int y = 0; y < window; ++y) {
    for (int x = 0; x < window; ++x) {
      const int64_t i = ((top + y) * a.width + left + x) * 3 + channel;
      const double weight = weights[y] * weights[x];
      const double va = a.pixels[i], vb = b.pixels[i];
      sum.a += weight * va;
      sum.b += weight * vb;
      sum.aa += weight * va * va;
      sum.bb += weight * vb * vb;
      sum.ab += weight * va * vb;
    }
  }
  return sum;
}

double window_ssim(const Moments& m) {
  constexpr double c1 = (0.01 * 255) * (0.01 * 255);
  constexpr double c2 = (0.03 * 255) * (0.03 * 255);
  const double variance_a = m.aa - m.a * m.a;
  const double variance_b = m.bb - m.b * m.b;
  const double covariance = m.ab - m.a * m.b;
  return (2 * m.a * m.b + c1) * (2 * covariance + c2) /
         ((m.a * m.a + m.b * m.b + c1) * (variance_a + variance_b + c2));
}

}  // namespace

double mean_absolute_error(const Image& a, const Image& b) {
  require_same_size("mean_absolute_error", a, b);
  int64_t sum = 0;
  for (size_t i = 0; i < a.pixels.size(); ++i) {
    sum += std::abs(a.pixels[i] - b.pixels[i]);
  }
  return static_cast<double>(sum) / static_cast<double>(a.pixels.size());
}

double psnr(const Image& a, const Image& b) {
  require_same_size("psnr", a, b);
  int64_t sum = 0;
  for (size_t i = 0; i < a.pixels.size(); ++i) {
    const int difference = a.pixels[i] - b.pixels[i];
    sum += difference * difference;
  }
  if (sum == 0) return std::numeric_limits<double>::infinity();
  return 10 * std::log10(255.0 * 255.0 * static_cast<double>(a.pixels.size()) /
                         static_cast<double>(sum));
}

double ssim(const Image& a, const Image& b) {
  require_same_size("ssim", a, b);
  require(a.height >= window && a.width >= window,
          "ssim expects at least {} x {} pixels, got {} x {}", window, window, a.height, a.width);
  double sum = 0.0;
  for (int64_t y = 0; y + window <= a.height; ++y) {
    for (int64_t x = 0; x + window <= a.width; ++x) {
      for (int channel = 0; channel < 3; ++channel) {
        sum += window_ssim(window_moments(a, b, y, x, channel));
      }
    }
  }
  return sum / static_cast<double>((a.height - window + 1) * (a.width - window + 1) * 3);
}

}  // namespace tensor
