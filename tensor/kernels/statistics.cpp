#include <cmath>

#include "tensor/kernels/kernels.h"

namespace tensor::kernels::common {

double mean(const float* x, int64_t count) {
  double sum = 0.0;
  for (int64_t i = 0; i < count; ++i) sum += x[i];
  return sum / static_cast<double>(count);
}

double standard_deviation(const float* x, int64_t count) {
  const double center = mean(x, count);
  double sum = 0.0;
  for (int64_t i = 0; i < count; ++i) sum += (x[i] - center) * (x[i] - center);
  return std::sqrt(sum / static_cast<double>(count - 1));
}

bool all_finite(const float* x, int64_t count) {
  bool finite = true;
  for (int64_t i = 0; i < count; ++i) finite = finite && std::isfinite(x[i]);
  return finite;
}

}  // namespace tensor::kernels::common
