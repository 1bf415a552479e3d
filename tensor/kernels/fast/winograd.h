#pragma once

#include "tensor/kernels/kernels.h"

namespace tensor::kernels::fast {

/// True where Winograd's algorithm can compute this convolution, and faster than im2col can.
bool suits_winograd(const Conv2dShape& shape);

/// conv2d for such shapes: 3 x 3 with stride 1, in 4 / 9 of the multiplications.
void conv2d_winograd(const float* x, const Weight& w, const Weight& bias, const Conv2dShape& shape,
                     float* out);

/// Turns Winograd's algorithm in conv2d on or off, for measurements. On unless set.
void set_winograd(bool on);

}  // namespace tensor::kernels::fast
