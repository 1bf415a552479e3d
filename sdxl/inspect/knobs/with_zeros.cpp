#include "sdxl/inspect/knobs/with_zeros.h"

#include <algorithm>

namespace sdxl {

tensor::Tensor with_zeros(const tensor::Tensor& x, int axis, int64_t first, int64_t last) {
  int64_t block = 1;  // elements behind one index of the axis
  for (int i = axis + 1; i < x.shape().rank(); ++i) block *= x.dim(i);
  const int64_t stride = x.dim(axis) * block;
  tensor::Tensor y = tensor::Tensor::uninitialized(x.shape());
  float* data = y.mutable_data();
  std::copy_n(x.data(), x.size(), data);
  for (int64_t start = 0; start < x.size(); start += stride) {
    std::fill(data + start + first * block, data + start + last * block, 0.0f);
  }
  return y;
}

}  // namespace sdxl
