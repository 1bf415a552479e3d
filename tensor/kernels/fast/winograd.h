#pragma once

#include "tensor/kernels/kernels.h"

namespace tensor::kernels::fast {

/// Can Winograd's algorithm compute this convolution, and faster than im2col?
bool suits_winograd(const Conv2dShape& shape);

/// conv2d for such shapes: 3 x 3 with stride 1, in 4 / 9 of the multiplications.
void conv2d_winograd(const float* x, const Weight& w, const Weight& bias, const Conv2dShape& shape,
                     float* out);

/// Lets conv2d take Winograd's algorithm, or not: for measurements. On unless set.
void set_winograd(bool on);

}  // namespace tensor::kernels::fast
