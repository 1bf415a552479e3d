#pragma once

#include "nn/layer_norm.h"
#include "nn/linear.h"

namespace sdxl {

using tensor::Tensor;

/// Multi-head self-attention with one matrix for queries, keys and values.
///
///   q, k, v = thirds of x in_proj_weight^T + in_proj_bias
///   out     = out_proj(softmax(q k^T / sqrt(D)) v)       for each head of D channels
///
/// x (S, N, C), the sequence in front of the batch -> the same
/// torch: nn.MultiheadAttention   paper: arXiv 1706.03762, section 3.2
class MultiheadAttention : public nn::Module {
 public:
  MultiheadAttention(const nn::Slot& slot, int64_t channels, int64_t heads);
  Tensor forward(const Tensor& x) const;

 private:
  nn::Parameter in_proj_weight;
  nn::Parameter in_proj_bias;
  nn::Linear out_proj;
  int64_t heads_;
};

/// c_proj(quick_gelu(c_fc(x))), 4 C wide inside.
///
/// diffusers: models/controlnets/controlnet_union.py, ResidualAttentionMlp
class ResidualAttentionMlp : public nn::Module {
 public:
  ResidualAttentionMlp(const nn::Slot& slot, int64_t channels);
  Tensor forward(const Tensor& x) const;

 private:
  nn::Linear c_fc;
  nn::Linear c_proj;
};

/// A transformer's block over the tokens of a union ControlNet.
///
///   x = x + attn(ln_1(x));   x = x + mlp(ln_2(x))
///
/// x (N, S, C) -> the same.
///
/// The published models were trained with the axes of tokens and batch confused: x, whose batch is
/// in front, goes to an attention that expects the sequence there. So a token attends to the tokens
/// of its place in the other rows of the batch, not to the other tokens of its row. With guidance
/// the rows are the unconditional and the conditional half.
/// diffusers: models/controlnets/controlnet_union.py, ResidualAttentionBlock
class ResidualAttentionBlock : public nn::Module {
 public:
  ResidualAttentionBlock(const nn::Slot& slot, int64_t channels, int64_t heads);
  Tensor forward(const Tensor& x) const;

 private:
  MultiheadAttention attn;
  nn::LayerNorm ln_1;
  ResidualAttentionMlp mlp;
  nn::LayerNorm ln_2;
};

}  // namespace sdxl
