#include <algorithm>

#include "tensor/error.h"
#include "tensor/kernels/kernels.h"
#include "tensor/ops.h"

namespace tensor {

namespace {

kernels::Weight bytes(const WeightView* weight) {
  return weight ? kernels::Weight{weight->data, weight->dtype}
                : kernels::Weight{nullptr, DType::f32};
}

}  // namespace

Tensor matmul(const Tensor& a, const Tensor& b) {
  const int rank = a.shape().rank();
  bool fits = rank >= 2 && b.shape().rank() == rank && a.dim(-1) == b.dim(-2);
  int64_t batch = 1;
  for (int axis = 0; fits && axis < rank - 2; ++axis) {
    fits = a.dim(axis) == b.dim(axis);
    batch *= a.dim(axis);
  }
  require(fits, "matmul expects (..., n, k) and (..., k, m) with equal leading axes, got {} and {}",
          a.shape(), b.shape());
  std::vector<int64_t> dims(a.shape().begin(), a.shape().end());
  dims.back() = b.dim(-1);
  Tensor out = Tensor::uninitialized(Shape(dims));
  kernels::matmul(a.data(), b.data(), {batch, a.dim(-2), a.dim(-1), b.dim(-1)}, out.mutable_data());
  return out;
}

Tensor linear(const Tensor& x, const WeightView& weight, const WeightView* bias) {
  require(x.shape().rank() >= 1 && weight.shape.rank() == 2 && x.dim(-1) == weight.shape.dim(1),
          "linear expects (..., I) and a weight (O, I), got {} and {}", x.shape(), weight.shape);
  const int64_t inputs = weight.shape.dim(1);
  const int64_t outputs = weight.shape.dim(0);
  require(!bias || bias->shape == Shape{outputs}, "linear expects a bias ({},), got {}", outputs,
          bias ? bias->shape : Shape{});
  std::vector<int64_t> dims(x.shape().begin(), x.shape().end());
  dims.back() = outputs;
  Tensor out = Tensor::uninitialized(Shape(dims));
  const int64_t rows = Shape(std::vector<int64_t>(dims.begin(), dims.end() - 1)).size();
  kernels::linear(x.data(), rows, inputs, bytes(&weight), bytes(bias), outputs, out.mutable_data());
  return out;
}

Tensor least_squares(const Tensor& a, const Tensor& b) {
  require(a.shape().rank() == 2 && b.shape().rank() == 2 && a.dim(0) == b.dim(0),
          "least_squares expects (rows, n) and (rows, m), got {} and {}", a.shape(), b.shape());
  Tensor out = Tensor::uninitialized({a.dim(1), b.dim(1)});
  const bool is_solved =
      kernels::least_squares(a.data(), a.dim(0), a.dim(1), b.data(), b.dim(1), out.mutable_data());
  require(is_solved, "least_squares: the {} columns of {} depend on each other", a.dim(1),
          a.shape());
  return out;
}

}  // namespace tensor
