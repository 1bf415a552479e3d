#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace tensor {

/// The sizes of a tensor's axes, outermost first: up to four of them.
///
/// A shape of rank 0 is that of a scalar. A size may be 0.
/// Errors: std::invalid_argument for more than four axes, a negative size, or sizes that multiply
/// to more than 2^63.
class Shape {
 public:
  static constexpr int max_rank = 4;

  Shape() = default;
  Shape(std::initializer_list<int64_t> dims);
  explicit Shape(const std::vector<int64_t>& dims);

  int rank() const { return rank_; }
  /// The size of one axis. Negative axes count from the end: dim(-1) is the innermost one.
  /// Errors: std::invalid_argument for an axis outside of the shape.
  int64_t dim(int axis) const;
  /// Number of elements of a tensor of this shape: the product of all sizes.
  int64_t size() const;
  /// "(2, 77, 2048)", as Python prints it.
  std::string str() const;

  const int64_t* begin() const { return dims_.data(); }
  const int64_t* end() const { return dims_.data() + rank_; }
  bool operator==(const Shape& other) const = default;

 private:
  int rank_ = 0;
  std::array<int64_t, max_rank> dims_{};
};

}  // namespace tensor
