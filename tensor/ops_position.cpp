#include "tensor/error.h"
#include "tensor/kernels/kernels.h"
#include "tensor/ops.h"

namespace tensor {

Tensor sinusoidal_embedding(const std::vector<float>& values, int64_t dim, bool cosines_first,
                            float shift) {
  require(dim >= 1, "sinusoidal_embedding expects a dim of 1 or more, got {}", dim);
  const auto count = static_cast<int64_t>(values.size());
  Tensor out = Tensor::uninitialized({count, dim});
  kernels::sinusoids(values.data(), count, dim, cosines_first, shift, out.mutable_data());
  return out;
}

}  // namespace tensor
