#include "sdxl/unet/down_blocks.h"

namespace sdxl {

namespace {

/// The first resnet changes the width, the others keep it.
ResnetConfig resnet_config(const DownBlockConfig& c, int64_t layer) {
  return {layer == 0 ? c.in_channels : c.out_channels, c.out_channels, c.temb_channels, c.groups,
          c.eps};
}

/// The Transformer2Ds of one level may differ in their depth.
TransformerConfig transformer_config(const DownBlockConfig& c, int64_t layer) {
  TransformerConfig transformer = c.transformer;
  if (!c.depths.empty()) transformer.depth = c.depths.at(layer);
  return transformer;
}

}  // namespace

DownBlock2D::DownBlock2D(const nn::Slot& slot, const DownBlockConfig& c)
    : DownBlock(slot), resnets(child("resnets")), downsamplers(child("downsamplers")) {
  for (int64_t layer = 0; layer < c.layers; ++layer) {
    resnets.add(resnet_config(c, layer));
  }
  if (c.add_downsample) downsamplers.add(c.out_channels, tensor::Padding::all(1));
}

Tensor DownBlock2D::forward(const Tensor& x, const Tensor& temb, const Tensor& /*context*/,
                            SkipStack& skips) const {
  record_inputs({{"x", x}, {"temb", temb}});
  Tensor h = x;  // (N, C_in, H, W)
  for (const ResnetBlock& resnet : resnets) {
    h = resnet.forward(h, temb);  // (N, C_out, H, W)
    skips.push(h);
  }
  for (const Downsample2D& downsampler : downsamplers) {
    h = downsampler.forward(h);  // (N, C_out, H/2, W/2)
    skips.push(h);
  }
  return record(h);
}

CrossAttnDownBlock2D::CrossAttnDownBlock2D(const nn::Slot& slot, const DownBlockConfig& c)
    : DownBlock(slot),
      resnets(child("resnets")),
      attentions(child("attentions")),
      downsamplers(child("downsamplers")) {
  for (int64_t layer = 0; layer < c.layers; ++layer) {
    resnets.add(resnet_config(c, layer));
    attentions.add(transformer_config(c, layer));
  }
  if (c.add_downsample) downsamplers.add(c.out_channels, tensor::Padding::all(1));
}

Tensor CrossAttnDownBlock2D::forward(const Tensor& x, const Tensor& temb, const Tensor& context,
                                     SkipStack& skips) const {
  record_inputs({{"x", x}, {"temb", temb}, {"context", context}});
  Tensor h = x;  // (N, C_in, H, W)
  for (size_t layer = 0; layer < resnets.size(); ++layer) {
    h = resnets[layer].forward(h, temb);  // (N, C_out, H, W)
    h = attentions[layer].forward(h, context);
    skips.push(h);
  }
  for (const Downsample2D& downsampler : downsamplers) {
    h = downsampler.forward(h);  // (N, C_out, H/2, W/2)
    skips.push(h);
  }
  return record(h);
}

}  // namespace sdxl
