#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <vector>

#include "tensor/shape.h"
#include "tensor/weight.h"

namespace tensor {

/// A contiguous, row-major float32 array of up to four dimensions.
///
/// Copying a Tensor copies a handle, not the elements. That is safe because no op writes to
/// elements that another Tensor shares: every op returns a new Tensor.
class Tensor {
 public:
  Tensor() = default;  // empty; prints as "Tensor(empty)"
  static Tensor zeros(const Shape& shape);
  static Tensor full(const Shape& shape, float value);
  /// Errors: std::invalid_argument unless there is one value for each element.
  static Tensor from(const Shape& shape, std::vector<float> values);
  /// A tensor of uninitialised elements: for ops, which write all of them.
  static Tensor uninitialized(const Shape& shape);
  /// The result of an op that works element by element on x: x's own memory if no other Tensor
  /// shares it, as in silu(norm.forward(x)), else new uninitialised elements of x's shape.
  static Tensor overwriting(Tensor x);
  /// The elements of a weight, widened to float32. Exact.
  static Tensor from(const WeightView& weight);

  const Shape& shape() const { return shape_; }
  /// The size of an axis; -1 is the last.
  /// Errors: std::invalid_argument for an axis outside of the shape.
  int64_t dim(int axis) const { return shape_.dim(axis); }
  int64_t size() const { return shape_.size(); }
  bool empty() const { return storage_ == nullptr; }
  /// The sizes as an array to destructure, `const auto [n, c, h, w] = x.dims<4>();`.
  /// Errors: std::invalid_argument unless the rank is `Rank`.
  template <int Rank>
  std::array<int64_t, Rank> dims() const {
    std::array<int64_t, Rank> result{};
    copy_dims(Rank, result.data());
    return result;
  }

  const float* data() const { return storage_.get(); }
  /// The elements, to write. Errors: std::logic_error while another Tensor shares them.
  float* mutable_data();
  /// One element, for tests and debuggers.
  /// Errors: std::invalid_argument unless there is one index for each axis, and all are in range.
  float at(std::initializer_list<int64_t> index) const;

  /// The same elements under another shape. It is the only view: no element moves.
  /// Errors: std::invalid_argument when the sizes differ.
  Tensor reshape(const Shape& shape) const;

 private:
  void copy_dims(int rank, int64_t* out) const;

  Shape shape_{0};
  std::shared_ptr<float[]> storage_;
};

}  // namespace tensor
