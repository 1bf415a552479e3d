#include <algorithm>
#include <chrono>

#include "tensor/kernels/eigen/matrix.h"
#include "tensor/kernels/first_error.h"
#include "tensor/kernels/kernels.h"

namespace tensor::kernels::eigen {

double gemm_rate() {
  constexpr int64_t n = 1024;
  constexpr int products = 4;
  const Matrix a = Matrix::Constant(n, n, 1.0f), b = Matrix::Constant(n, n, 2.0f);
  double best = 0.0;
  for (int repeat = 0; repeat < 5; ++repeat) {
    const auto start = std::chrono::steady_clock::now();
    FirstError error;
#pragma omp parallel num_threads(threads())
    error.run([&] {
      Matrix c(n, n);
      for (int i = 0; i < products; ++i) multiply(map(a), map(b), map(c));
    });
    error.rethrow();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    best = std::max(best, products * threads() * 2e-9 * n * n * n / taken.count());
  }
  return best;
}

}  // namespace tensor::kernels::eigen
