#pragma once

namespace tensor::kernels {

/// GFLOP/s of plain 1024 x 1024 matrix products by Eigen, one on each thread at the same time: what
/// the machine can be asked for, which other rates are shares of. Takes about a tenth of a second.
double gemm_rate();

}  // namespace tensor::kernels
