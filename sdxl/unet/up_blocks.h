#pragma once

#include <vector>

#include "nn/module_list.h"
#include "sdxl/unet/resample.h"
#include "sdxl/unet/resnet_block.h"
#include "sdxl/unet/skip_stack.h"
#include "sdxl/unet/transformer_2d.h"

namespace sdxl {

struct UpBlockConfig {
  int64_t in_channels;  // of the coarser level's output
  int64_t out_channels;
  int64_t last_skip_channels;  // of the last layer's skip; the other skips have out_channels
  int64_t layers;              // resnets: one more than in the down block
  bool add_upsample;           // all levels but the finest
  int64_t temb_channels;
  int64_t groups;
  float eps;
  TransformerConfig transformer;     // for a cross-attention block
  std::vector<int64_t> depths = {};  // of each Transformer2D; empty: the transformer's depth
};

/// One level of the upward half. Every layer concatenates its input and the newest skip.
///
/// x (N, C_in, H, W), temb (N, 1280), context (N, S, context_channels) -> (N, C_out, 2 H, 2 W), or
/// the same size on the finest level
class UpBlock : public nn::Module {
 public:
  using Module::Module;
  virtual Tensor forward(const Tensor& x, const Tensor& temb, const Tensor& context,
                         SkipStack& skips) const = 0;

 private:
  friend class DeepCache;  // runs the last layers of a block alone
};

/// Resnets only.
/// diffusers: models/unets/unet_2d_blocks.py, UpBlock2D
class UpBlock2D : public UpBlock {
 public:
  UpBlock2D(const nn::Slot& slot, const UpBlockConfig& config);
  Tensor forward(const Tensor& x, const Tensor& temb, const Tensor& context,
                 SkipStack& skips) const override;

 private:
  nn::ModuleList<ResnetBlock> resnets;
  nn::ModuleList<Upsample2D> upsamplers;  // one or none
};

/// Each resnet is followed by a Transformer2D with cross-attention to the text.
/// diffusers: models/unets/unet_2d_blocks.py, CrossAttnUpBlock2D
class CrossAttnUpBlock2D : public UpBlock {
 public:
  CrossAttnUpBlock2D(const nn::Slot& slot, const UpBlockConfig& config);
  Tensor forward(const Tensor& x, const Tensor& temb, const Tensor& context,
                 SkipStack& skips) const override;

 private:
  nn::ModuleList<ResnetBlock> resnets;
  nn::ModuleList<Transformer2D> attentions;
  nn::ModuleList<Upsample2D> upsamplers;  // one or none
};

}  // namespace sdxl
