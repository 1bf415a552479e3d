#pragma once

#include "tensor/tensor.h"

namespace sdxl {

/// A copy of x whose elements first, first + 1 ... last - 1 along an axis are zero.
tensor::Tensor with_zeros(const tensor::Tensor& x, int axis, int64_t first, int64_t last);

}  // namespace sdxl
