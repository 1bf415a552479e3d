#pragma once

#include <optional>

#include "nn/conv2d.h"
#include "nn/group_norm.h"
#include "nn/linear.h"
#include "nn/module_list.h"
#include "sdxl/unet/basic_transformer_block.h"

namespace sdxl {

struct TransformerConfig {
  int64_t channels;
  int64_t heads;
  int64_t depth;             // how many BasicTransformerBlocks
  int64_t context_channels;  // width of the text features
  int64_t groups;
  bool linear_projection;  // SDXL and SD 2.1; a 1x1 convolution in SD 1.5
};

/// Transformer blocks over the pixels of a feature map, around a shortcut.
///
///   h   = proj_in(tokens(norm(x)))                          one token a pixel, row by row
///   h   = block(h, context)                                 for each of the transformer blocks
///   out = x + picture(proj_out(h))
///
/// x (N, C, H, W), context (N, S, context_channels) -> (N, C, H, W). The norm's epsilon is 1e-6
/// here, not the resnets' 1e-5. diffusers: models/transformers/transformer_2d.py,
/// Transformer2DModel
class Transformer2D : public nn::Module {
 public:
  Transformer2D(const nn::Slot& slot, const TransformerConfig& config);
  Tensor forward(const Tensor& x, const Tensor& context) const;

 private:
  Tensor enter(const Tensor& x) const;
  Tensor leave(const Tensor& tokens, int64_t height, int64_t width) const;

  nn::GroupNorm norm;
  std::optional<nn::Linear> proj_in;
  std::optional<nn::Conv2d> proj_in_conv;  // also named "proj_in"
  nn::ModuleList<BasicTransformerBlock> transformer_blocks;
  std::optional<nn::Linear> proj_out;
  std::optional<nn::Conv2d> proj_out_conv;  // also named "proj_out"
};

}  // namespace sdxl
