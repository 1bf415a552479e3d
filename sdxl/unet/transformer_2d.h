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

/// The gate between an image and its tokens, one token a pixel, row by row: proj_in on the way
/// in, proj_out on the way out.
///
/// A Linear on the tokens' side, or a 1x1 Conv2d on the image's side: the same arithmetic, but
/// the checkpoint and the trace have it in another shape.
class TokenProjection {
 public:
  TokenProjection(const nn::Slot& slot, int64_t channels, bool is_linear);
  /// (N, C, H, W) -> (N, H W, C)
  Tensor to_tokens(const Tensor& image) const;
  /// (N, H W, C) -> (N, C, H, W)
  Tensor to_image(const Tensor& tokens, int64_t height, int64_t width) const;

 private:
  std::optional<nn::Linear> linear;
  std::optional<nn::Conv2d> conv;
};

/// Transformer blocks over the pixels of a feature map, around a shortcut.
///
///   h   = proj_in(tokens(norm(x)))
///   h   = block(h, context)                                 for each of the transformer blocks
///   out = x + image(proj_out(h))
///
/// x (N, C, H, W), context (N, S, context_channels) -> (N, C, H, W)
/// diffusers: models/transformers/transformer_2d.py, Transformer2DModel
///
/// The norm's epsilon is 1e-6 in every model, whatever norm_eps says for the resnets.
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
