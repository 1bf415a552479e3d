#include "nn/layer_norm.h"

#include <utility>

#include "tensor/error.h"
#include "tensor/ops.h"

namespace nn {

LayerNorm::LayerNorm(const Slot& slot, int64_t channels, float eps)
    : Module(slot), weight(this, "weight", {channels}), bias(this, "bias", {channels}), eps_(eps) {}

Tensor LayerNorm::forward(Tensor x) const {
  record_inputs({{"x", x}});
  const int64_t channels = weight.shape().dim(0);
  tensor::require(x.dim(-1) == channels, "{}: LayerNorm expects last dim {}, got input {}", path(),
                  channels, x.shape());
  return record(layer_norm(std::move(x), weight.view(), bias.view(), eps_));
}

}  // namespace nn
