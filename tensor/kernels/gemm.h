#pragma once

#include <cstdint>

namespace tensor::kernels {

enum class Orientation { plain, transposed };

/// A matrix inside a larger row-major array: element (i, j) is data[i * stride + j], or,
/// transposed, data[j * stride + i].
struct Matrix {
  const float* data;
  int64_t stride;
  Orientation orientation = Orientation::plain;
};

enum class Result { replace, add };

/// c (rows, columns) = a (rows, depth) b (depth, columns), or c += a b, on one thread. c is plain
/// with the stride `c_stride`, and does not overlap a or b. Eigen does the work: this is the one
/// door to it.
void gemm(int64_t rows, int64_t columns, int64_t depth, const Matrix& a, const Matrix& b, float* c,
          int64_t c_stride, Result result);

}  // namespace tensor::kernels
