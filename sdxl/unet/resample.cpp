#include "sdxl/unet/resample.h"

#include "tensor/ops.h"

namespace sdxl {

Downsample2D::Downsample2D(const nn::Slot& slot, int64_t channels, const tensor::Padding& padding)
    : Module(slot),
      conv(child("conv"), channels, channels, {.kernel = 3, .stride = 2, .padding = padding}) {}

Tensor Downsample2D::forward(const Tensor& x) const {
  record_inputs({{"x", x}});
  return record(conv.forward(x));  // (N, C, H/2, W/2)
}

Upsample2D::Upsample2D(const nn::Slot& slot, int64_t channels)
    : Module(slot),
      conv(child("conv"), channels, channels, {.kernel = 3, .padding = tensor::Padding::all(1)}) {}

Tensor Upsample2D::forward(const Tensor& x) const { return forward(x, 2 * x.dim(2), 2 * x.dim(3)); }

Tensor Upsample2D::forward(const Tensor& x, int64_t height, int64_t width) const {
  record_inputs({{"x", x}});
  // The convolution upsamples its input by 2 itself: the larger image is never stored.
  if (height == 2 * x.dim(2) && width == 2 * x.dim(3)) return record(conv.forward(x, 2));
  Tensor h = upsample_nearest(x, height, width);  // (N, C, height, width)
  h = conv.forward(h);
  return record(h);
}

}  // namespace sdxl
