#include "tensor/kernels/gemm_rate.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "tensor/kernels/gemm.h"
#include "tensor/kernels/kernels.h"

namespace tensor::kernels {

double gemm_rate() {
  constexpr int64_t n = 1024;
  constexpr int products = 4;
  const std::vector<float> a(n * n, 1.0f), b(n * n, 2.0f);
  double best = 0.0;
  for (int repeat = 0; repeat < 5; ++repeat) {
    const auto start = std::chrono::steady_clock::now();
#pragma omp parallel num_threads(threads())
    {
      std::vector<float> c(n * n);
      for (int i = 0; i < products; ++i) {
        gemm(n, n, n, {a.data(), n}, {b.data(), n}, c.data(), n, Result::replace);
      }
    }
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    best = std::max(best, products * threads() * 2e-9 * n * n * n / taken.count());
  }
  return best;
}

}  // namespace tensor::kernels
