#include "sdxl/unet/resnet_block.h"

#include "tensor/ops.h"

namespace sdxl {

ResnetBlock::ResnetBlock(const nn::Slot& slot, const ResnetConfig& c)
    : Module(slot),
      norm1(child("norm1"), c.groups, c.in_channels, c.eps),
      conv1(child("conv1"), c.in_channels, c.out_channels,
            {.kernel = 3, .padding = tensor::Padding::all(1)}),
      norm2(child("norm2"), c.groups, c.out_channels, c.eps),
      conv2(child("conv2"), c.out_channels, c.out_channels,
            {.kernel = 3, .padding = tensor::Padding::all(1)}) {
  if (c.temb_channels > 0) {
    time_emb_proj.emplace(child("time_emb_proj"), c.temb_channels, c.out_channels);
  }
  if (c.in_channels != c.out_channels) {
    conv_shortcut.emplace(child("conv_shortcut"), c.in_channels, c.out_channels,
                          nn::Conv2d::Options{.kernel = 1});
  }
}

Tensor ResnetBlock::forward(const Tensor& x, const Tensor& temb) const {
  Tensor h = norm1.forward(x);  // (N, C_in, H, W)
  h = silu(h);
  h = conv1.forward(h);  // (N, C_out, H, W)

  if (time_emb_proj) {
    Tensor t = silu(temb);                          // (N, 1280)
    t = time_emb_proj->forward(t);                  // (N, C_out)
    h = h + t.reshape({t.dim(0), t.dim(1), 1, 1});  // one bias per image and channel
  }

  h = norm2.forward(h);
  h = silu(h);
  h = conv2.forward(h);

  const Tensor shortcut = conv_shortcut ? conv_shortcut->forward(x) : x;
  return record(shortcut + h);
}

}  // namespace sdxl
