#include "nn/linear.h"

#include "tensor/error.h"
#include "tensor/ops.h"

namespace nn {

Linear::Linear(const Slot& slot, int64_t inputs, int64_t outputs, Bias with_bias)
    : AdaptableLayer(slot), weight(this, "weight", {outputs, inputs}) {
  if (with_bias == Bias::yes) bias.emplace(this, "bias", tensor::Shape{outputs});
}

Tensor Linear::forward(const Tensor& x) const {
  record_inputs({{"x", x}});
  const int64_t inputs = weight.shape().dim(-1);
  tensor::require(x.dim(-1) == inputs, "{}: Linear expects last dim {}, got input {}", path(),
                  inputs, x.shape());
  return record(adapted(x, linear(x, weight.view(), bias ? &bias->view() : nullptr)));
}

}  // namespace nn
