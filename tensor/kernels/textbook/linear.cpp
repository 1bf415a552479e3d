#include "tensor/kernels/kernels.h"
#include "tensor/kernels/textbook/widened.h"

// out[t, o] = bias[o] + sum_i x[t, i] w[o, i]: every output is the dot product of a row of x and a
// row of w.

namespace tensor::kernels::textbook {

void linear(const float* x, int64_t rows, int64_t inputs, const Weight& weight, const Weight& bias,
            int64_t outputs, float* out) {
  const std::vector<float> w = widened(weight, outputs * inputs);
  const std::vector<float> b = widened(bias, outputs);
  for (int64_t t = 0; t < rows; ++t) {
    for (int64_t o = 0; o < outputs; ++o) {
      double sum = b[o];
      for (int64_t i = 0; i < inputs; ++i) {
        const double x_ti = x[t * inputs + i], w_oi = w[o * inputs + i];
        sum += x_ti * w_oi;
      }
      out[t * outputs + o] = static_cast<float>(sum);
    }
  }
}

}  // namespace tensor::kernels::textbook
