#pragma once

#include "nn/layer_norm.h"
#include "sdxl/unet/attention.h"
#include "sdxl/unet/feed_forward.h"

namespace sdxl {

/// Self-attention, cross-attention to the text, and feed-forward, each with a layer norm before it
/// and a residual connection around it.
///
///   h   = x + attn1(norm1(x))
///   h   = h + attn2(norm2(h), context)
///   out = h + ff(norm3(h))
///
/// x (N, T, C), context (N, S, context_channels) -> (N, T, C)
/// diffusers: models/attention.py, BasicTransformerBlock
/// paper: arXiv 2112.10752, section 3.3 (cross-attention to the text)
///
/// The context is not normalised. Padding tokens are not masked.
class BasicTransformerBlock : public nn::Module {
 public:
  BasicTransformerBlock(const nn::Slot& slot, int64_t channels, int64_t context_channels,
                        int64_t heads);
  Tensor forward(const Tensor& x, const Tensor& context) const;

 private:
  nn::LayerNorm norm1;
  Attention attn1;
  nn::LayerNorm norm2;
  Attention attn2;
  nn::LayerNorm norm3;
  FeedForward ff;
};

}  // namespace sdxl
