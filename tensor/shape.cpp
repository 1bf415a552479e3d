#include "tensor/shape.h"

#include <algorithm>
#include <numeric>

#include "tensor/error.h"

namespace tensor {

Shape::Shape(std::initializer_list<int64_t> dims) : Shape(std::vector<int64_t>(dims)) {}

Shape::Shape(const std::vector<int64_t>& dims) : rank_(static_cast<int>(dims.size())) {
  require(rank_ <= max_rank, "Shape holds up to {} axes, got {}", max_rank, dims.size());
  std::copy(dims.begin(), dims.end(), dims_.begin());
  int64_t size = 1;
  for (const int64_t dim : dims) {
    require(dim >= 0, "Shape expects sizes of 0 or more, got {}", dim);
    require(!__builtin_mul_overflow(size, dim, &size), "{} has more than 2^63 elements", str());
  }
}

int64_t Shape::dim(int axis) const {
  const int index = axis < 0 ? axis + rank_ : axis;
  require(index >= 0 && index < rank_, "axis {} is outside of shape {}", axis, str());
  return dims_[index];
}

int64_t Shape::size() const {
  return std::accumulate(begin(), end(), int64_t{1}, std::multiplies<>());
}

std::string Shape::str() const {
  std::string text = "(";
  for (int axis = 0; axis < rank_; ++axis) {
    text += (axis > 0 ? ", " : "") + std::to_string(dims_[axis]);
  }
  return text + (rank_ == 1 ? ",)" : ")");
}

}  // namespace tensor
