#pragma once

#include "tensor/kernels/fast/gemm.h"

namespace tensor::kernels::fast {

/// Products of float32 numbers by vector instructions. A is used as it lies.
const Gemm& float32_gemm();

}  // namespace tensor::kernels::fast
