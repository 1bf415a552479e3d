#include "tensor/kernels/kernels.h"

// out[i, j] = sum_l a[i, l] b[l, j]: the three loops.

namespace tensor::kernels::textbook {

void matmul(const float* a, const float* b, const MatmulShape& s, float* out) {
  for (int64_t n = 0; n < s.batch; ++n, a += s.n * s.k, b += s.k * s.m, out += s.n * s.m) {
    for (int64_t i = 0; i < s.n; ++i) {
      for (int64_t j = 0; j < s.m; ++j) {
        double sum = 0.0;
        for (int64_t l = 0; l < s.k; ++l) {
          const double a_il = a[i * s.k + l], b_lj = b[l * s.m + j];
          sum += a_il * b_lj;
        }
        out[i * s.m + j] = static_cast<float>(sum);
      }
    }
  }
}

}  // namespace tensor::kernels::textbook
