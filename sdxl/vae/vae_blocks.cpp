#include "sdxl/vae/vae_blocks.h"

#include <utility>

namespace sdxl {

namespace {

/// A resnet without a timestep.
ResnetConfig resnet_config(int64_t in_channels, int64_t out_channels, int64_t groups) {
  return {in_channels, out_channels, 0, groups, 1e-6f};
}

/// The first resnet changes the width, the others keep it.
void add_resnets(nn::ModuleList<ResnetBlock>& resnets, const VaeBlockConfig& c) {
  for (int64_t layer = 0; layer < c.layers; ++layer) {
    resnets.add(
        resnet_config(layer == 0 ? c.in_channels : c.out_channels, c.out_channels, c.groups));
  }
}

}  // namespace

DownEncoderBlock2D::DownEncoderBlock2D(const nn::Slot& slot, const VaeBlockConfig& c)
    : Module(slot), resnets(child("resnets")), downsamplers(child("downsamplers")) {
  add_resnets(resnets, c);
  // Right and bottom only, where the UNet pads all sides: the encoder was trained so.
  if (c.resample) downsamplers.add(c.out_channels, tensor::Padding{.bottom = 1, .right = 1});
}

Tensor DownEncoderBlock2D::forward(const Tensor& x) const {
  record_inputs({{"x", x}});
  Tensor h = x;  // (N, C_in, H, W)
  for (const ResnetBlock& resnet : resnets) {
    h = resnet.forward(h);  // (N, C_out, H, W)
  }
  for (const Downsample2D& downsampler : downsamplers) {
    h = downsampler.forward(h);  // (N, C_out, H/2, W/2)
  }
  return record(h);
}

UNetMidBlock2D::UNetMidBlock2D(const nn::Slot& slot, int64_t channels, int64_t groups,
                               bool add_attention)
    : Module(slot), resnets(child("resnets")), attentions(child("attentions")) {
  resnets.add(resnet_config(channels, channels, groups));
  if (add_attention) attentions.add(channels, groups);
  resnets.add(resnet_config(channels, channels, groups));
}

Tensor UNetMidBlock2D::forward(const Tensor& x) const {
  record_inputs({{"x", x}});
  Tensor h = resnets[0].forward(x);  // (N, C, H, W)
  for (const VaeAttention& attention : attentions) {
    h = attention.forward(h);
  }
  h = resnets[1].forward(h);
  return record(h);
}

UpDecoderBlock2D::UpDecoderBlock2D(const nn::Slot& slot, const VaeBlockConfig& c)
    : Module(slot), resnets(child("resnets")), upsamplers(child("upsamplers")) {
  add_resnets(resnets, c);
  if (c.resample) upsamplers.add(c.out_channels);
}

Tensor UpDecoderBlock2D::forward(Tensor x) const {
  record_inputs({{"x", x}});
  Tensor h = std::move(x);  // (N, C_in, H, W)
  for (const ResnetBlock& resnet : resnets) {
    h = resnet.forward(std::move(h));  // (N, C_out, H, W)
  }
  for (const Upsample2D& upsampler : upsamplers) {
    h = upsampler.forward(h);  // (N, C_out, 2 H, 2 W)
  }
  return record(h);
}

}  // namespace sdxl
