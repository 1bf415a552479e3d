#include "tensor/kernels/eigen/matrix.h"
#include "tensor/kernels/first_error.h"
#include "tensor/kernels/kernels.h"

// The product of two matrices by Eigen.

namespace tensor::kernels {

bool has_eigen() { return true; }

namespace eigen {

void multiply(const ConstMap& a, const ConstMap& b, Map out) { out.noalias() = a * b; }

void multiply_transposed(const ConstMap& a, const ConstMap& b, Map out) {
  out.noalias() = a * b.transpose();
}

void matmul(const float* a, const float* b, const MatmulShape& s, float* out) {
  constexpr int64_t task_rows = 64;  // of a: tasks of fixed size give the same bits on all threads
  const int64_t tasks = (s.n + task_rows - 1) / task_rows;
  FirstError error;
#pragma omp parallel for collapse(2) num_threads(threads_for(1.0 * s.batch * s.n * s.k * s.m))
  for (int64_t i = 0; i < s.batch; ++i) {
    for (int64_t task = 0; task < tasks; ++task) {
      const int64_t row = task * task_rows, rows = std::min(task_rows, s.n - row);
      error.run([&] {
        multiply(map(a + (i * s.n + row) * s.k, rows, s.k), map(b + i * s.k * s.m, s.k, s.m),
                 map(out + (i * s.n + row) * s.m, rows, s.m));
      });
    }
  }
  error.rethrow();
}

}  // namespace eigen
}  // namespace tensor::kernels
