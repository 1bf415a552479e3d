#include <algorithm>
#include <limits>
#include <utility>

#include "tensor/error.h"
#include "tensor/kernels/kernels.h"
#include "tensor/ops.h"

namespace tensor {

namespace {

/// The strides of x's axes when it is repeated to fill `shape`: 0 along an axis of size 1. Missing
/// axes in front of x's own have the stride 0.
std::array<int64_t, 4> broadcast_strides(const Shape& x, const Shape& shape) {
  std::array<int64_t, 4> strides{};
  const int skipped = Shape::max_rank - x.rank();
  int64_t stride = 1;
  for (int axis = x.rank() - 1; axis >= 0; --axis) {
    strides[skipped + axis] = x.dim(axis) == 1 && shape.dim(axis) != 1 ? 0 : stride;
    stride *= x.dim(axis);
  }
  return strides;
}

Shape broadcast_shape(const Shape& a, const Shape& b) {
  const auto message =
      "operands of shapes {} and {} do not fit: expected the same rank, and each axis equal or 1";
  require(a.rank() == b.rank(), message, a, b);
  std::vector<int64_t> dims;
  for (int axis = 0; axis < a.rank(); ++axis) {
    require(a.dim(axis) == b.dim(axis) || a.dim(axis) == 1 || b.dim(axis) == 1, message, a, b);
    dims.push_back(a.dim(axis) == 1 ? b.dim(axis) : a.dim(axis));
  }
  return Shape(dims);
}

Tensor binary(kernels::Binary op, const Tensor& a, const Tensor& b) {
  const Shape shape = broadcast_shape(a.shape(), b.shape());
  Tensor out = Tensor::uninitialized(shape);
  std::array<int64_t, 4> dims = {1, 1, 1, 1};
  std::copy_backward(shape.begin(), shape.end(), dims.end());
  kernels::binary_broadcast(op, a.data(), broadcast_strides(a.shape(), shape).data(), b.data(),
                            broadcast_strides(b.shape(), shape).data(), dims.data(),
                            out.mutable_data());
  return out;
}

Tensor unary(kernels::Unary op, Tensor x) {
  const float* in = x.data();
  Tensor out = Tensor::overwriting(std::move(x));
  kernels::unary(op, in, out.size(), out.mutable_data());
  return out;
}

/// A single element with as many axes as `like`, to be broadcast against it.
Tensor scalar(float value, const Tensor& like) {
  return Tensor::full(Shape(std::vector<int64_t>(like.shape().rank(), 1)), value);
}

}  // namespace

Tensor operator+(const Tensor& a, const Tensor& b) { return binary(kernels::Binary::add, a, b); }
Tensor operator-(const Tensor& a, const Tensor& b) {
  return binary(kernels::Binary::subtract, a, b);
}
Tensor operator*(const Tensor& a, const Tensor& b) {
  return binary(kernels::Binary::multiply, a, b);
}
Tensor operator/(const Tensor& a, const Tensor& b) { return binary(kernels::Binary::divide, a, b); }
Tensor operator+(const Tensor& a, float b) { return a + scalar(b, a); }
Tensor operator-(const Tensor& a, float b) { return a - scalar(b, a); }
Tensor operator*(float a, const Tensor& b) { return scalar(a, b) * b; }
Tensor operator/(const Tensor& a, float b) { return a / scalar(b, a); }

Tensor silu(Tensor x) { return unary(kernels::Unary::silu, std::move(x)); }
Tensor gelu(Tensor x) { return unary(kernels::Unary::gelu, std::move(x)); }
Tensor quick_gelu(Tensor x) { return unary(kernels::Unary::quick_gelu, std::move(x)); }
Tensor geglu(const Tensor& x) {
  const int64_t width = x.dim(-1) / 2;
  require(x.dim(-1) == 2 * width, "geglu expects an even last axis, got {}", x.shape());
  std::vector<int64_t> dims(x.shape().begin(), x.shape().end());
  dims.back() = width;
  Tensor out = Tensor::uninitialized(Shape(dims));
  kernels::geglu(x.data(), width == 0 ? 0 : out.size() / width, width, out.mutable_data());
  return out;
}
Tensor relu(Tensor x) { return clamp(std::move(x), 0.0f, std::numeric_limits<float>::infinity()); }
Tensor tanh(Tensor x) { return unary(kernels::Unary::tanh, std::move(x)); }
Tensor exp(Tensor x) { return unary(kernels::Unary::exp, std::move(x)); }
Tensor sqrt(Tensor x) { return unary(kernels::Unary::sqrt, std::move(x)); }

Tensor clamp(Tensor x, float low, float high) {
  require(low <= high, "clamp expects low <= high, got {} and {}", low, high);
  const float* in = x.data();
  Tensor out = Tensor::overwriting(std::move(x));
  kernels::clamp(in, low, high, out.size(), out.mutable_data());
  return out;
}

}  // namespace tensor
