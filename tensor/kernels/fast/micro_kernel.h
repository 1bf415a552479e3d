#pragma once

#include "tensor/kernels/fast/gemm.h"

namespace tensor::kernels::fast {

/// The GEMM of float32 vectors. Operand A is read in place, without packing.
const Gemm& float32_gemm();

}  // namespace tensor::kernels::fast
