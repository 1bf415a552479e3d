#pragma once

#include "tensor/tensor.h"

namespace sdxl {

/// x (k, ...) repeated along the batch -> (n, ...). Expects n to be a multiple of k.
tensor::Tensor repeat_rows(const tensor::Tensor& x, int64_t n);

}  // namespace sdxl
