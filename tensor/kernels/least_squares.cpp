#include <algorithm>
#include <vector>

#include "tensor/kernels/job.h"
#include "tensor/kernels/kernels.h"

namespace tensor::kernels {

namespace {

/// a^T a beside a^T b: n rows of n + m numbers.
std::vector<double> normal_equations(const float* a, int64_t rows, int64_t n, const float* b,
                                     int64_t m) {
  std::vector<double> table(static_cast<size_t>(n * (n + m)), 0.0);
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t i = 0; i < n; ++i) {
      double* sums = &table[i * (n + m)];
      const double factor = a[row * n + i];
      for (int64_t j = 0; j < n; ++j) sums[j] += factor * a[row * n + j];
      for (int64_t j = 0; j < m; ++j) sums[n + j] += factor * b[row * m + j];
    }
  }
  return table;
}

}  // namespace

bool least_squares(const float* a, int64_t rows, int64_t n, const float* b, int64_t m, float* out) {
  const Job job("least_squares", 1.0 * rows * n * (n + m), 1.0 * rows * (n + m) + n * m);
  if (is_dry_run()) return true;
  std::vector<double> table = normal_equations(a, rows, n, b, m);
  const int64_t width = n + m;
  double largest = 0.0;
  for (int64_t i = 0; i < n; ++i) largest = std::max(largest, table[i * width + i]);

  // Gauss and Jordan: each column in turn is cleared but for its own row. The matrix is symmetric
  // and positive, so that no rows need to change places.
  for (int64_t i = 0; i < n; ++i) {
    const double pivot = table[i * width + i];
    if (!(pivot > 1e-9 * largest)) return false;
    for (int64_t j = 0; j < width; ++j) table[i * width + j] /= pivot;
    for (int64_t row = 0; row < n; ++row) {
      const double factor = table[row * width + i];
      if (row == i) continue;
      for (int64_t j = 0; j < width; ++j) table[row * width + j] -= factor * table[i * width + j];
    }
  }
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j < m; ++j) out[i * m + j] = static_cast<float>(table[i * width + n + j]);
  }
  return true;
}

}  // namespace tensor::kernels
