#include <Eigen/QR>

#include "tensor/kernels/eigen/map.h"
#include "tensor/kernels/kernels.h"

// Two functions of Eigen: the product of two matrices, and the solution of a least squares problem.

namespace tensor::kernels {

bool has_eigen() { return true; }

namespace eigen {

void matmul(const float* a, const float* b, const MatmulShape& s, float* out) {
  constexpr int64_t task_rows = 64;  // of a: tasks of fixed size give the same bits on all threads
  const int64_t tasks = (s.n + task_rows - 1) / task_rows;
#pragma omp parallel for collapse(2) num_threads(threads_for(1.0 * s.batch * s.n * s.k * s.m))
  for (int64_t i = 0; i < s.batch; ++i) {
    for (int64_t task = 0; task < tasks; ++task) {
      const int64_t row = task * task_rows, rows = std::min(task_rows, s.n - row);
      map(out + (i * s.n + row) * s.m, rows, s.m).noalias() =
          map(a + (i * s.n + row) * s.k, rows, s.k) * map(b + i * s.k * s.m, s.k, s.m);
    }
  }
}

bool least_squares(const float* a, int64_t rows, int64_t n, const float* b, int64_t m, float* out) {
  const auto qr = map(a, rows, n).cast<double>().colPivHouseholderQr();
  if (qr.rank() < n) return false;
  map(out, n, m) = qr.solve(map(b, rows, m).cast<double>()).cast<float>();
  return true;
}

}  // namespace eigen
}  // namespace tensor::kernels
