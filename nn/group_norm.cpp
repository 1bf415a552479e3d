#include "nn/group_norm.h"

#include <utility>

#include "tensor/error.h"
#include "tensor/ops.h"

namespace nn {

GroupNorm::GroupNorm(const Slot& slot, int64_t groups, int64_t channels, float eps)
    : Module(slot),
      weight(this, "weight", {channels}),
      bias(this, "bias", {channels}),
      groups_(groups),
      eps_(eps) {
  tensor::require(groups > 0 && channels % groups == 0,
                  "{}: GroupNorm expects channels in equal groups, got {} channels in {} groups",
                  path(), channels, groups);
}

Tensor GroupNorm::forward(Tensor x) const {
  record_inputs({{"x", x}});
  const int64_t channels = weight.shape().dim(0);
  tensor::require(x.shape().rank() >= 3 && x.dim(1) == channels,
                  "{}: GroupNorm expects (N, {}, ...), got {}", path(), channels, x.shape());
  return record(group_norm(std::move(x), groups_, weight.view(), bias.view(), eps_));
}

}  // namespace nn
