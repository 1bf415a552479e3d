#pragma once

#include "tensor/kernels/kernels.h"

namespace tensor::kernels {

/// Is this a convolution that Winograd's algorithm computes, and faster than the plain product?
bool suits_winograd(const Conv2dShape& shape);

/// conv2d for shapes that suit: 3 x 3 with stride 1, in 4 / 9 of the multiplications.
void conv2d_winograd(const float* x, const Weight& w, const Weight& bias, const Conv2dShape& shape,
                     float* out);

}  // namespace tensor::kernels
