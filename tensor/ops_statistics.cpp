#include "tensor/error.h"
#include "tensor/kernels/kernels.h"
#include "tensor/ops.h"

namespace tensor {

double mean(const Tensor& x) {
  require(x.size() > 0, "mean expects at least one element, got {}", x.shape());
  return kernels::mean(x.data(), x.size());
}

Tensor std_per_sample(const Tensor& x) {
  const int64_t samples = x.dim(0);
  require(samples > 0 && x.size() / samples >= 2,
          "std_per_sample expects at least two elements a sample, got {}", x.shape());
  const int64_t count = x.size() / samples;
  std::vector<int64_t> dims(x.shape().rank(), 1);
  dims[0] = samples;
  Tensor out = Tensor::uninitialized(Shape(dims));
  for (int64_t n = 0; n < samples; ++n) {
    out.mutable_data()[n] =
        static_cast<float>(kernels::standard_deviation(x.data() + n * count, count));
  }
  return out;
}

bool has_non_finite(const Tensor& x) { return !kernels::all_finite(x.data(), x.size()); }

}  // namespace tensor
