#include "sdxl/unet/up_blocks.h"

#include "tensor/ops.h"

namespace sdxl {

namespace {

/// Input channels: the coarser level's for the first resnet, the level's own for the others; and
/// for each its skip's.
ResnetConfig resnet_config(const UpBlockConfig& c, int64_t layer) {
  const int64_t below = layer == 0 ? c.in_channels : c.out_channels;
  const int64_t skip = layer == c.layers - 1 ? c.last_skip_channels : c.out_channels;
  return {below + skip, c.out_channels, c.temb_channels, c.groups, c.eps};
}

/// The Transformer2Ds of one level may differ in their depth.
TransformerConfig transformer_config(const UpBlockConfig& c, int64_t layer) {
  TransformerConfig transformer = c.transformer;
  if (!c.depths.empty()) transformer.depth = c.depths.at(layer);
  return transformer;
}

}  // namespace

UpBlock2D::UpBlock2D(const nn::Slot& slot, const UpBlockConfig& c)
    : UpBlock(slot), resnets(child("resnets")), upsamplers(child("upsamplers")) {
  for (int64_t layer = 0; layer < c.layers; ++layer) {
    resnets.add(resnet_config(c, layer));
  }
  if (c.add_upsample) upsamplers.add(c.out_channels);
}

Tensor UpBlock2D::forward(const Tensor& x, const Tensor& temb, const Tensor& /*context*/,
                          SkipStack& skips) const {
  record_inputs({{"x", x}, {"temb", temb}});
  Tensor h = x;  // (N, C_in, H, W)
  for (const ResnetBlock& resnet : resnets) {
    h = concat(h, skips.pop(), 1);  // (N, C + C_skip, H, W)
    h = resnet.forward(h, temb);    // (N, C_out, H, W)
  }
  for (const Upsample2D& upsampler : upsamplers) {
    const auto [height, width] = skips.size_above(h);
    h = upsampler.forward(h, height, width);  // (N, C_out, 2 H, 2 W)
  }
  return record(h);
}

CrossAttnUpBlock2D::CrossAttnUpBlock2D(const nn::Slot& slot, const UpBlockConfig& c)
    : UpBlock(slot),
      resnets(child("resnets")),
      attentions(child("attentions")),
      upsamplers(child("upsamplers")) {
  for (int64_t layer = 0; layer < c.layers; ++layer) {
    resnets.add(resnet_config(c, layer));
    attentions.add(transformer_config(c, layer));
  }
  if (c.add_upsample) upsamplers.add(c.out_channels);
}

Tensor CrossAttnUpBlock2D::forward(const Tensor& x, const Tensor& temb, const Tensor& context,
                                   SkipStack& skips) const {
  record_inputs({{"x", x}, {"temb", temb}, {"context", context}});
  Tensor h = x;  // (N, C_in, H, W)
  for (size_t layer = 0; layer < resnets.size(); ++layer) {
    h = concat(h, skips.pop(), 1);        // (N, C + C_skip, H, W)
    h = resnets[layer].forward(h, temb);  // (N, C_out, H, W)
    h = attentions[layer].forward(h, context);
  }
  for (const Upsample2D& upsampler : upsamplers) {
    const auto [height, width] = skips.size_above(h);
    h = upsampler.forward(h, height, width);  // (N, C_out, 2 H, 2 W)
  }
  return record(h);
}

}  // namespace sdxl
