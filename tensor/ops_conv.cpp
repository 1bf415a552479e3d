#include <algorithm>

#include "tensor/error.h"
#include "tensor/kernels/kernels.h"
#include "tensor/ops.h"

namespace tensor {

Tensor conv2d(const Tensor& x, const WeightView& weight, const WeightView* bias, int stride,
              const Padding& padding, int upsample) {
  require(x.shape().rank() == 4 && weight.shape.rank() == 4 && x.dim(1) == weight.shape.dim(1) &&
              weight.shape.dim(2) == weight.shape.dim(3) && weight.shape.dim(2) > 0,
          "conv2d expects (N, C, H, W) and a weight (O, C, K, K), got {} and {}", x.shape(),
          weight.shape);
  const auto [batch, channels, height, width] = x.dims<4>();
  const int64_t outputs = weight.shape.dim(0);
  const int64_t kernel = weight.shape.dim(2);
  require(!bias || bias->shape == Shape{outputs}, "conv2d expects a bias ({},), got {}", outputs,
          bias ? bias->shape : Shape{});
  require(stride >= 1, "conv2d expects a stride of at least 1, got {}", stride);
  require(upsample >= 1, "conv2d expects an upsample factor of at least 1, got {}", upsample);
  require(std::min({padding.top, padding.bottom, padding.left, padding.right}) >= 0,
          "conv2d expects no negative padding, got {}, {}, {}, {}", padding.top, padding.bottom,
          padding.left, padding.right);
  const int64_t padded_height = height * upsample + padding.top + padding.bottom;
  const int64_t padded_width = width * upsample + padding.left + padding.right;
  require(padded_height >= kernel && padded_width >= kernel,
          "conv2d: an image of {} x {} with its padding is smaller than the kernel of {} x {}",
          padded_height, padded_width, kernel, kernel);
  const int64_t out_height = (padded_height - kernel) / stride + 1;
  const int64_t out_width = (padded_width - kernel) / stride + 1;
  Tensor out = Tensor::uninitialized({batch, outputs, out_height, out_width});
  const kernels::Conv2dShape shape = {batch,   channels,    height,       width,
                                      outputs, out_height,  out_width,    kernel,
                                      stride,  padding.top, padding.left, upsample};
  const kernels::Weight bias_bytes =
      bias ? kernels::Weight{bias->data, bias->dtype} : kernels::Weight{nullptr, DType::f32};
  kernels::conv2d(x.data(), {weight.data, weight.dtype}, bias_bytes, shape, out.mutable_data());
  return out;
}

}  // namespace tensor
