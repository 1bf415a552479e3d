#pragma once

#include <cstdint>

namespace tensor::kernels {

/// A row-major matrix inside a larger array: element (i, j) is data[i * stride + j].
struct Matrix {
  const float* data;
  int64_t stride;
};

enum class Orientation { plain, transposed };
enum class Result { replace, add };

/// c (rows, columns) = a (rows, depth) b, or c += a b, on one thread. b is (depth, columns), or,
/// transposed, stored as (columns, depth). `c_stride` is c's. Eigen does the work: this is the one
/// door to it.
void gemm(int64_t rows, int64_t columns, int64_t depth, const Matrix& a, const Matrix& b,
          Orientation b_orientation, float* c, int64_t c_stride, Result result);

}  // namespace tensor::kernels
