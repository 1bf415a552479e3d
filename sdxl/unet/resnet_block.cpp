#include "sdxl/unet/resnet_block.h"

#include <utility>

#include "nn/optional_layer.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

const nn::Conv2d::Options three_by_three = {.kernel = 3, .padding = tensor::Padding::all(1)};
const nn::Conv2d::Options one_by_one = {.kernel = 1};

}  // namespace

ResnetBlock::ResnetBlock(const nn::Slot& slot, const ResnetConfig& c)
    : Module(slot),
      norm1(child("norm1"), c.groups, c.in_channels, c.eps),
      conv1(child("conv1"), c.in_channels, c.out_channels, three_by_three),
      time_emb_proj(nn::layer_if<nn::Linear>(c.temb_channels > 0, child("time_emb_proj"),
                                             c.temb_channels, c.out_channels)),
      norm2(child("norm2"), c.groups, c.out_channels, c.eps),
      conv2(child("conv2"), c.out_channels, c.out_channels, three_by_three),
      conv_shortcut(nn::layer_if<nn::Conv2d>(c.in_channels != c.out_channels,
                                             child("conv_shortcut"), c.in_channels, c.out_channels,
                                             one_by_one)) {}

Tensor ResnetBlock::forward(Tensor x, const Tensor& temb) const {
  record_inputs({{"x", x}, {"temb", temb}});
  // Before the norm, which may then reuse the storage of x.
  const Tensor shortcut = shortcut_of(x);  // (N, C_out, H, W)

  Tensor h = silu(norm1.forward(std::move(x)));  // (N, C_in, H, W)
  h = conv1.forward(h);                          // (N, C_out, H, W)

  if (time_emb_proj) {
    Tensor t = silu(temb);                          // (N, temb_channels)
    t = time_emb_proj->forward(t);                  // (N, C_out)
    h = h + t.reshape({t.dim(0), t.dim(1), 1, 1});  // one bias per image and channel
  }

  h = silu(norm2.forward(h));
  h = conv2.forward(h);
  return record(shortcut + h);
}

Tensor ResnetBlock::shortcut_of(const Tensor& x) const {
  return conv_shortcut ? conv_shortcut->forward(x) : x;
}

}  // namespace sdxl
