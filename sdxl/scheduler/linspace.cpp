#include "sdxl/scheduler/linspace.h"

#include <cmath>

namespace sdxl {

std::vector<double> linspace(double first, double last, int64_t n) {
  if (n == 1) return {first};
  const double step = (last - first) / static_cast<double>(n - 1);
  std::vector<double> values(n, last);
  for (int64_t i = 0; i < n - 1; ++i) {
    values[i] = static_cast<double>(i) * step + first;
  }
  return values;
}

std::vector<float> linspace_of_floats(double first, double last, int64_t n) {
  const auto low = static_cast<float>(first);
  const auto high = static_cast<float>(last);
  if (n == 1) return {low};
  const float step = (high - low) / static_cast<float>(n - 1);
  std::vector<float> values(n);
  for (int64_t i = 0; i < n; ++i) {
    values[i] = i < n / 2 ? std::fma(step, static_cast<float>(i), low)
                          : std::fma(-step, static_cast<float>(n - 1 - i), high);
  }
  return values;
}

}  // namespace sdxl
