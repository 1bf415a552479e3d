#pragma once

#include "tensor/tensor.h"

namespace sdxl {

using tensor::Tensor;

/// Maps at another size, by cubic interpolation along each of the last two axes:
///
///   out[i] = sum_k in[k] w(x - k),   x = (i + 0.5) h / H - 0.5,   over the four k nearest to x
///   w(t)   = (a + 2)|t|^3 - (a + 3)|t|^2 + 1      for |t| < 1
///          = a|t|^3 - 5a|t|^2 + 8a|t| - 4a        for 1 <= |t| < 2,   a = -0.75
///
/// Beyond an edge the map is mirrored. Then a whole factor H / h keeps the mean. The weights sum to
/// 1, so maps that sum to 1 at every position still do. A sharp step overshoots: values may be a
/// little below 0.
///
/// (..., h, w) -> (..., H, W)
/// Errors: std::invalid_argument for fewer than two axes, an empty map or a size below 1.
/// torch: interpolate(mode="bicubic"), which repeats the edge in place of the mirror
Tensor resize_bicubic(const Tensor& maps, int64_t height, int64_t width);

}  // namespace sdxl
