#pragma once

#include "tensor/kernels/kernels.h"

namespace tensor::kernels {

/// As set_bfloat16 said last.
bool is_bfloat16();

/// linear, with x and w rounded to bfloat16 and the sums in float32.
void linear_bfloat16(const float* x, int64_t rows, int64_t inputs, const Weight& w,
                     const Weight& bias, int64_t outputs, float* out);

}  // namespace tensor::kernels
