#include "sdxl/pipeline/repeat_rows.h"

#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

tensor::Tensor repeat_rows(const tensor::Tensor& x, int64_t n) {
  tensor::require(n % x.dim(0) == 0, "repeat_rows: expected a multiple of {} rows, got {}",
                  x.dim(0), n);
  return concat(std::vector<tensor::Tensor>(static_cast<size_t>(n / x.dim(0)), x), 0);
}

}  // namespace sdxl
