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

/// proj_in or proj_out of Transformer2D: a projection of the channels, C to C, with the change from
/// an image to its tokens (one token a pixel, row by row) or back.
///
/// A Linear on the tokens, or in SD 1.5 a 1x1 Conv2d on the image: the same arithmetic, with
/// weights and trace of another shape.
class TokenProjection {
 public:
  TokenProjection(const nn::Slot& slot, int64_t channels, bool is_linear);
  /// proj_in: (N, C, H, W) -> (N, H W, C)
  Tensor flatten(const Tensor& image) const;
  /// proj_out: (N, H W, C) -> (N, C, H, W)
  Tensor unflatten(const Tensor& tokens, int64_t height, int64_t width) const;

 private:
  std::optional<nn::Linear> linear;
  std::optional<nn::Conv2d> conv;
};

/// Transformer blocks on the pixels of a feature map, with a residual connection around them.
///
///   h   = proj_in(flatten(norm(x)))
///   h   = block(h, context)                                 for each of the transformer blocks
///   out = x + unflatten(proj_out(h))
///
/// x (N, C, H, W), context (N, S, context_channels) -> (N, C, H, W)
/// diffusers: models/transformers/transformer_2d.py, Transformer2DModel
///
/// The norm's epsilon is 1e-6 in every model; the config's norm_eps is for the resnets.
class Transformer2D : public nn::Module {
 public:
  Transformer2D(const nn::Slot& slot, const TransformerConfig& config);
  Tensor forward(const Tensor& x, const Tensor& context) const;

 private:
  nn::GroupNorm norm;
  TokenProjection proj_in;
  nn::ModuleList<BasicTransformerBlock> transformer_blocks;
  TokenProjection proj_out;
};

}  // namespace sdxl
