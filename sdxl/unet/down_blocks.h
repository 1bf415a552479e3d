#pragma once

#include <vector>

#include "nn/module_list.h"
#include "sdxl/unet/resample.h"
#include "sdxl/unet/resnet_block.h"
#include "sdxl/unet/skip_stack.h"
#include "sdxl/unet/transformer_2d.h"

namespace sdxl {

struct DownBlockConfig {
  int64_t in_channels;
  int64_t out_channels;
  int64_t layers;       // resnets, each with a Transformer2D in a cross-attention block
  bool add_downsample;  // all levels but the last
  int64_t temb_channels;
  int64_t groups;
  float eps;
  TransformerConfig transformer;     // for a cross-attention block
  std::vector<int64_t> depths = {};  // of each Transformer2D; empty: the transformer's depth
};

/// One level of the downward half. Every layer's output is pushed to the skips.
///
/// x (N, C_in, H, W), temb (N, 1280), context (N, S, context_channels) -> (N, C_out, H/2, W/2), or
/// the same size on the last level
class DownBlock : public nn::Module {
 public:
  using Module::Module;
  virtual Tensor forward(const Tensor& x, const Tensor& temb, const Tensor& context,
                         SkipStack& skips) const = 0;
};

/// Resnets only: SDXL's highest resolution, where attention would cost most.
/// diffusers: models/unets/unet_2d_blocks.py, DownBlock2D
class DownBlock2D : public DownBlock {
 public:
  DownBlock2D(const nn::Slot& slot, const DownBlockConfig& config);
  Tensor forward(const Tensor& x, const Tensor& temb, const Tensor& context,
                 SkipStack& skips) const override;

 private:
  nn::ModuleList<ResnetBlock> resnets;
  nn::ModuleList<Downsample2D> downsamplers;  // one or none
};

/// Each resnet is followed by a Transformer2D with cross-attention to the text.
/// diffusers: models/unets/unet_2d_blocks.py, CrossAttnDownBlock2D
class CrossAttnDownBlock2D : public DownBlock {
 public:
  CrossAttnDownBlock2D(const nn::Slot& slot, const DownBlockConfig& config);
  Tensor forward(const Tensor& x, const Tensor& temb, const Tensor& context,
                 SkipStack& skips) const override;

 private:
  nn::ModuleList<ResnetBlock> resnets;
  nn::ModuleList<Transformer2D> attentions;
  nn::ModuleList<Downsample2D> downsamplers;  // one or none
};

}  // namespace sdxl
