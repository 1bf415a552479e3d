#include "tensor/kernels/gemm.h"

#define EIGEN_DONT_PARALLELIZE  // the kernels above split their outputs among the threads
                                // themselves
#include <Eigen/Core>

namespace tensor::kernels {

namespace {

using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using ColumnMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::ColMajor>;
using Stride = Eigen::OuterStride<>;

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

void gemm(int64_t rows, int64_t columns, int64_t depth, const Matrix& a, const Matrix& b,
          Orientation b_orientation, float* c, int64_t c_stride, Result result) {
  const Eigen::Map<const RowMajor, 0, Stride> left(a.data, rows, depth, Stride(a.stride));
  if (b_orientation == Orientation::plain) {
    const Eigen::Map<const RowMajor, 0, Stride> right(b.data, depth, columns, Stride(b.stride));
    multiply(left, right, c, c_stride, result);
  } else {
    const Eigen::Map<const ColumnMajor, 0, Stride> right(b.data, depth, columns, Stride(b.stride));
    multiply(left, right, c, c_stride, result);
  }
}

}  // namespace tensor::kernels
