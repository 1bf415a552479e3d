#include "tensor/kernels/gemm.h"

// The kernels above split their outputs among the threads themselves.
#define EIGEN_DONT_PARALLELIZE
#include <Eigen/Core>

namespace tensor::kernels {

namespace {

using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ColumnMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::ColMajor>;
using Stride = Eigen::OuterStride<>;

template <class Layout>
Eigen::Map<const Layout, 0, Stride> map(const Matrix& m, int64_t rows, int64_t columns) {
  return {m.data, rows, columns, Stride(m.stride)};
}

template <class Left, class Right>
void multiply(const Left& a, const Right& b, float* c, int64_t c_stride, Result result) {
  Eigen::Map<RowMajor, 0, Stride> out(c, a.rows(), b.cols(), Stride(c_stride));
  if (result == Result::replace) {
    out.noalias() = a * b;
  } else {
    out.noalias() += a * b;
  }
}

}  // namespace

void gemm(int64_t rows, int64_t columns, int64_t depth, const Matrix& a, const Matrix& b, float* c,
          int64_t c_stride, Result result) {
  const bool a_plain = a.orientation == Orientation::plain;
  const bool b_plain = b.orientation == Orientation::plain;
  if (a_plain && b_plain) {
    multiply(map<RowMajor>(a, rows, depth), map<RowMajor>(b, depth, columns), c, c_stride, result);
  } else if (a_plain) {
    multiply(map<RowMajor>(a, rows, depth), map<ColumnMajor>(b, depth, columns), c, c_stride,
             result);
  } else if (b_plain) {
    multiply(map<ColumnMajor>(a, rows, depth), map<RowMajor>(b, depth, columns), c, c_stride,
             result);
  } else {
    multiply(map<ColumnMajor>(a, rows, depth), map<ColumnMajor>(b, depth, columns), c, c_stride,
             result);
  }
}

}  // namespace tensor::kernels
