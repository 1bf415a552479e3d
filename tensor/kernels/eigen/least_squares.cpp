#include <Eigen/QR>

#include "tensor/kernels/eigen/matrix.h"
#include "tensor/kernels/kernels.h"

namespace tensor::kernels::eigen {

bool least_squares(const float* a, int64_t rows, int64_t n, const float* b, int64_t m, float* out) {
  const Eigen::MatrixXd right = map(b, rows, m).cast<double>();
  const auto qr = map(a, rows, n).cast<double>().colPivHouseholderQr();
  if (qr.rank() < n) return false;
  // Column by column: the solution for all at once compiles another product, in double.
  for (int64_t j = 0; j < m; ++j) {
    map(out, n, m).col(j) = qr.solve(right.col(j)).cast<float>();
  }
  return true;
}

}  // namespace tensor::kernels::eigen
