#pragma once

#include <Eigen/Core>
#include <cstdint>

/// Arrays as Eigen's matrices, without a copy, and their products. For the files of this folder
/// alone.
namespace tensor::kernels::eigen {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Stride = Eigen::OuterStride<>;
using ConstMap = Eigen::Map<const Matrix, 0, Stride>;
using Map = Eigen::Map<Matrix, 0, Stride>;

/// An array as a row-major matrix (rows, columns), whose rows lie `step` elements apart.
inline ConstMap map(const float* x, int64_t rows, int64_t columns, int64_t step) {
  return {x, rows, columns, Stride(step)};
}
inline Map map(float* x, int64_t rows, int64_t columns, int64_t step) {
  return {x, rows, columns, Stride(step)};
}
/// The same without gaps between the rows.
inline ConstMap map(const float* x, int64_t rows, int64_t columns) {
  return map(x, rows, columns, columns);
}
inline Map map(float* x, int64_t rows, int64_t columns) { return map(x, rows, columns, columns); }

inline ConstMap map(const Matrix& x) { return map(x.data(), x.rows(), x.cols()); }
inline Map map(Matrix& x) { return map(x.data(), x.rows(), x.cols()); }

/// out = a b. Not inline: Eigen's product compiles for half a minute, once here for all kernels.
void multiply(const ConstMap& a, const ConstMap& b, Map out);
/// out = a b^T.
void multiply_transposed(const ConstMap& a, const ConstMap& b, Map out);

}  // namespace tensor::kernels::eigen
