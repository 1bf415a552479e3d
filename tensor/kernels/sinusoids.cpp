#include <cmath>

#include "tensor/kernels/kernels.h"

namespace tensor::kernels::common {

/// Each step is rounded to float32 in torch's order. A value of 1000 multiplies the rounding error
/// of a frequency, so another order would change the fifth digit of the result.
void sinusoids(const float* values, int64_t count, int64_t dim, bool cosines_first, float shift,
               float* out) {
  const int64_t half = dim / 2;
  const auto log_10000 = static_cast<float>(std::log(10000.0));
  const int64_t sine_start = cosines_first ? half : 0;
  const int64_t cosine_start = cosines_first ? 0 : half;
  for (int64_t k = 0; k < half; ++k) {
    const float exponent = -log_10000 * static_cast<float>(k);
    const float frequency = std::exp(exponent / (static_cast<float>(half) - shift));
    for (int64_t i = 0; i < count; ++i) {
      const float angle = values[i] * frequency;
      out[i * dim + sine_start + k] = std::sin(angle);
      out[i * dim + cosine_start + k] = std::cos(angle);
    }
  }
  if (dim % 2 == 0) return;
  for (int64_t i = 0; i < count; ++i) out[i * dim + dim - 1] = 0.0f;
}

}  // namespace tensor::kernels::common
