#pragma once

#include "nn/module_list.h"
#include "sdxl/unet/resample.h"
#include "sdxl/unet/resnet_block.h"
#include "sdxl/vae/vae_attention.h"

namespace sdxl {

struct VaeBlockConfig {
  int64_t in_channels;
  int64_t out_channels;
  int64_t layers;  // resnets
  int64_t groups;
  bool resample;  // halve or double the resolution at the end: all levels but the last
};

/// One level of the encoder: resnets, then half the resolution.
///
/// x (N, C_in, H, W) -> (N, C_out, H/2, W/2), rounded down, or the same size on the last level
/// diffusers: models/unets/unet_2d_blocks.py, DownEncoderBlock2D
class DownEncoderBlock2D : public nn::Module {
 public:
  DownEncoderBlock2D(const nn::Slot& slot, const VaeBlockConfig& config);
  Tensor forward(const Tensor& x) const;

 private:
  nn::ModuleList<ResnetBlock> resnets;
  nn::ModuleList<Downsample2D> downsamplers;  // one or none
};

/// The middle of encoder and decoder: resnet, attention, resnet.
///
/// x (N, C, H, W) -> the same.   diffusers: models/unets/unet_2d_blocks.py, UNetMidBlock2D
class UNetMidBlock2D : public nn::Module {
 public:
  UNetMidBlock2D(const nn::Slot& slot, int64_t channels, int64_t groups, bool add_attention);
  Tensor forward(const Tensor& x) const;

 private:
  nn::ModuleList<ResnetBlock> resnets;      // two
  nn::ModuleList<VaeAttention> attentions;  // one or none
};

/// One level of the decoder: resnets, then twice the resolution.
///
/// x (N, C_in, H, W) -> (N, C_out, 2 H, 2 W), or the same size on the last level
/// diffusers: models/unets/unet_2d_blocks.py, UpDecoderBlock2D
class UpDecoderBlock2D : public nn::Module {
 public:
  UpDecoderBlock2D(const nn::Slot& slot, const VaeBlockConfig& config);
  Tensor forward(Tensor x) const;

 private:
  nn::ModuleList<ResnetBlock> resnets;
  nn::ModuleList<Upsample2D> upsamplers;  // one or none
};

}  // namespace sdxl
