#include "sdxl/scheduler/incomplete_beta.h"

#include <cmath>

namespace sdxl {

namespace {

/// The continued fraction of 26.5.8, 1 / (1 + d_1 / (1 + d_2 / (1 + ...))), from the inside to the
/// outside. It converges fast for x below the distribution's mean.
double fraction(double x, double a, double b) {
  constexpr int pairs = 200;
  double value = 1;
  for (int m = pairs; m >= 1; --m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    const double odd = -(a + m - 1) * (a + b + m - 1) * x / ((a + 2 * m - 2) * (a + 2 * m - 1));
    value = 1 + odd / (1 + even / value);
  }
  return 1 / value;
}

}  // namespace

double incomplete_beta(double x, double a, double b) {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incomplete_beta(1 - x, b, a);
  const double log_beta = std::lgamma(a) + std::lgamma(b) - std::lgamma(a + b);
  const double front = std::exp(a * std::log(x) + b * std::log1p(-x) - log_beta) / a;
  return front * fraction(x, a, b);
}

double beta_quantile(double share, double a, double b) {
  if (share <= 0 || share >= 1) return share <= 0 ? 0 : 1;
  double low = 0;
  double high = 1;
  for (int i = 0; i < 64; ++i) {  // halves the interval
    const double middle = (low + high) / 2;
    (incomplete_beta(middle, a, b) < share ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace sdxl
