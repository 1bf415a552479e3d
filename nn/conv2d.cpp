#include "nn/conv2d.h"

#include "tensor/error.h"

namespace nn {

Conv2d::Conv2d(const Slot& slot, int64_t in_channels, int64_t out_channels, const Options& options)
    : AdaptableLayer(slot),
      weight(this, "weight", {out_channels, in_channels, options.kernel, options.kernel}),
      stride_(options.stride),
      padding_(options.padding) {
  if (options.bias) bias.emplace(this, "bias", tensor::Shape{out_channels});
}

Tensor Conv2d::forward(const Tensor& x, int upsample) const {
  record_inputs({{"x", x}});
  const int64_t channels = weight.shape().dim(1);
  tensor::require(x.shape().rank() == 4 && x.dim(1) == channels,
                  "{}: Conv2d expects (N, {}, H, W), got {}", path(), channels, x.shape());
  return record(adapted(
      x, conv2d(x, weight.view(), bias ? &bias->view() : nullptr, stride_, padding_, upsample),
      upsample));
}

}  // namespace nn
