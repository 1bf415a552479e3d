#pragma once

#include <Eigen/Core>
#include <cstdint>

/// Arrays as Eigen's matrices, without a copy. For the files of this folder alone.
namespace tensor::kernels::eigen {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Stride = Eigen::OuterStride<>;

/// An array as a row-major matrix (rows, columns), whose rows lie `step` elements apart.
inline auto map(const float* x, int64_t rows, int64_t columns, int64_t step) {
  return Eigen::Map<const Matrix, 0, Stride>(x, rows, columns, Stride(step));
}
inline auto map(float* x, int64_t rows, int64_t columns, int64_t step) {
  return Eigen::Map<Matrix, 0, Stride>(x, rows, columns, Stride(step));
}
/// The same without gaps between the rows.
inline auto map(const float* x, int64_t rows, int64_t columns) {
  return map(x, rows, columns, columns);
}
inline auto map(float* x, int64_t rows, int64_t columns) { return map(x, rows, columns, columns); }

}  // namespace tensor::kernels::eigen
