#pragma once

#include <vector>

#include "tensor/kernels/kernels.h"

namespace tensor::kernels::textbook {

/// A weight of `count` elements as float32; zeros for an absent bias.
inline std::vector<float> widened(const Weight& weight, int64_t count) {
  std::vector<float> values(static_cast<size_t>(count), 0.0f);
  if (weight.data) common::widen(weight.data, weight.dtype, count, values.data());
  return values;
}

}  // namespace tensor::kernels::textbook
