#include <algorithm>
#include <array>

#include "tensor/error.h"
#include "tensor/kernels/kernels.h"
#include "tensor/ops.h"

namespace tensor {

namespace {

int positive_axis(const char* op, int axis, const Shape& shape) {
  const int result = axis < 0 ? axis + shape.rank() : axis;
  require(result >= 0 && result < shape.rank(), "{}: axis {} is outside of shape {}", op, axis,
          shape);
  return result;
}

/// Products of the sizes before an axis, and after it.
int64_t size_before(const Shape& shape, int axis) {
  int64_t size = 1;
  for (int i = 0; i < axis; ++i) size *= shape.dim(i);
  return size;
}
int64_t size_after(const Shape& shape, int axis) {
  int64_t size = 1;
  for (int i = axis + 1; i < shape.rank(); ++i) size *= shape.dim(i);
  return size;
}

Shape with_dim(const Shape& shape, int axis, int64_t size) {
  std::vector<int64_t> dims(shape.begin(), shape.end());
  dims[axis] = size;
  return Shape(dims);
}

}  // namespace

Tensor permute(const Tensor& x, const std::vector<int>& order) {
  const int rank = x.shape().rank();
  std::vector<int> sorted = order;
  std::sort(sorted.begin(), sorted.end());
  bool complete = static_cast<int>(order.size()) == rank;
  for (int i = 0; complete && i < rank; ++i) complete = sorted[i] == i;
  require(complete, "permute expects each of the {} axes of {} once", rank, x.shape());

  std::vector<int64_t> shape;
  std::array<int64_t, 4> dims = {1, 1, 1, 1};
  std::array<int64_t, 4> strides{};
  const int skipped = Shape::max_rank - rank;
  for (int axis = 0; axis < rank; ++axis) {
    shape.push_back(x.dim(order[axis]));
    dims[skipped + axis] = shape.back();
    strides[skipped + axis] = size_after(x.shape(), order[axis]);
  }
  Tensor out = Tensor::uninitialized(Shape(shape));
  kernels::gather_strided(x.data(), strides.data(), dims.data(), out.mutable_data());
  return out;
}

Tensor concat(const std::vector<Tensor>& parts, int axis) {
  require(!parts.empty(), "concat expects at least one tensor");
  const Shape& first = parts.front().shape();
  const int along = positive_axis("concat", axis, first);
  int64_t total = 0;
  for (const Tensor& part : parts) {
    require(part.shape().rank() == first.rank() &&
                with_dim(part.shape(), along, 0) == with_dim(first, along, 0),
            "concat along axis {}: shapes {} and {} differ elsewhere", axis, first, part.shape());
    total += part.dim(along);
  }
  Tensor out = Tensor::uninitialized(with_dim(first, along, total));
  const int64_t below = size_after(first, along);
  float* target = out.mutable_data();
  for (const Tensor& part : parts) {
    const int64_t width = part.dim(along) * below;
    kernels::copy_rows(part.data(), size_before(first, along), width, width, target, total * below);
    target += width;
  }
  return out;
}

Tensor concat(const Tensor& a, const Tensor& b, int axis) {
  return concat(std::vector<Tensor>{a, b}, axis);
}

Tensor slice(const Tensor& x, int axis, int64_t start, int64_t stop) {
  const int along = positive_axis("slice", axis, x.shape());
  const int64_t size = x.dim(along);
  require(0 <= start && start <= stop && stop <= size, "slice {}..{} is outside of axis {} of {}",
          start, stop, axis, x.shape());
  Tensor out = Tensor::uninitialized(with_dim(x.shape(), along, stop - start));
  const int64_t below = size_after(x.shape(), along);
  const int64_t width = (stop - start) * below;
  kernels::copy_rows(x.data() + start * below, size_before(x.shape(), along), width, size * below,
                     out.mutable_data(), width);
  return out;
}

std::pair<Tensor, Tensor> split_half(const Tensor& x, int axis) {
  const int64_t size = x.dim(axis);
  require(size % 2 == 0, "split_half expects an even axis {}, got {}", axis, x.shape());
  return {slice(x, axis, 0, size / 2), slice(x, axis, size / 2, size)};
}

Tensor upsample_nearest(const Tensor& x, int64_t height, int64_t width) {
  const auto [n, c, h, w] = x.dims<4>();
  require(h > 0 && w > 0 && height > 0 && width > 0, "upsample_nearest from {} to {} x {} pixels",
          x.shape(), height, width);
  Tensor out = Tensor::uninitialized({n, c, height, width});
  kernels::upsample_nearest(x.data(), n * c, h, w, height, width, out.mutable_data());
  return out;
}

}  // namespace tensor
