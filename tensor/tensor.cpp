#include "tensor/tensor.h"

#include <algorithm>

#include "tensor/error.h"
#include "tensor/kernels/kernels.h"
#include "tensor/kernels/storage.h"

namespace tensor {

Tensor Tensor::uninitialized(const Shape& shape) {
  Tensor result;
  result.shape_ = shape;
  result.storage_ = kernels::allocate(shape.size());
  return result;
}

Tensor Tensor::overwriting(Tensor x) {
  return x.storage_.use_count() == 1 ? x : uninitialized(x.shape());
}

Tensor Tensor::full(const Shape& shape, float value) {
  Tensor result = uninitialized(shape);
  std::fill_n(result.storage_.get(), shape.size(), value);
  return result;
}

Tensor Tensor::zeros(const Shape& shape) { return full(shape, 0.0f); }

Tensor Tensor::from(const Shape& shape, std::vector<float> values) {
  const auto count = static_cast<int64_t>(values.size());
  require(count == shape.size(), "Tensor::from expects {} values for shape {}, got {}",
          shape.size(), shape, count);
  Tensor result = uninitialized(shape);
  std::copy(values.begin(), values.end(), result.storage_.get());
  return result;
}

Tensor Tensor::from(const WeightView& weight) {
  Tensor result = uninitialized(weight.shape);
  kernels::widen(weight.data, weight.dtype, weight.shape.size(), result.storage_.get());
  return result;
}

float* Tensor::mutable_data() {
  if (storage_.use_count() > 1) {
    throw std::logic_error("mutable_data: another Tensor shares these elements");
  }
  return storage_.get();
}

float Tensor::at(std::initializer_list<int64_t> index) const {
  require(static_cast<int>(index.size()) == shape_.rank(), "at expects {} indices, got {}",
          shape_.rank(), index.size());
  int64_t offset = 0;
  int axis = 0;
  for (const int64_t i : index) {
    require(i >= 0 && i < dim(axis), "at: index {} is outside of axis {} of {}", i, axis, shape_);
    offset = offset * dim(axis) + i;
    ++axis;
  }
  return storage_[offset];
}

Tensor Tensor::reshape(const Shape& shape) const {
  require(shape.size() == size(), "reshape from {} to {}: {} elements become {}", shape_, shape,
          size(), shape.size());
  Tensor result = *this;
  result.shape_ = shape;
  return result;
}

void Tensor::copy_dims(int rank, int64_t* out) const {
  require(rank == shape_.rank(), "expected a tensor of {} dimensions, got {}", rank, shape_);
  std::copy(shape_.begin(), shape_.end(), out);
}

}  // namespace tensor
