#pragma once

#include "nn/module_list.h"
#include "sdxl/unet/resnet_block.h"
#include "sdxl/unet/transformer_2d.h"

namespace sdxl {

/// The lowest resolution of the U: resnet, Transformer2D, resnet.
///
///   out = resnets[1](attentions[0](resnets[0](x, temb), context), temb)
///
/// Without attention, as in SSD-1B, it is the first resnet alone.
///
/// x (N, C, H, W), temb (N, 1280), context (N, S, context_channels) -> (N, C, H, W)
/// diffusers: models/unets/unet_2d_blocks.py, UNetMidBlock2DCrossAttn and UNetMidBlock2D
class MidBlock2DCrossAttn : public nn::Module {
 public:
  MidBlock2DCrossAttn(const nn::Slot& slot, const ResnetConfig& resnet,
                      const TransformerConfig& transformer, bool has_attention);
  Tensor forward(const Tensor& x, const Tensor& temb, const Tensor& context) const;

 private:
  nn::ModuleList<ResnetBlock> resnets;       // two, or one
  nn::ModuleList<Transformer2D> attentions;  // one, or none
};

}  // namespace sdxl
