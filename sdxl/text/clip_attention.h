#pragma once

#include "nn/linear.h"

namespace sdxl {

using tensor::Tensor;

/// Causal multi-head self-attention: a token attends to itself and to the tokens before it.
///
///   q, k, v = q_proj(x), k_proj(x), v_proj(x)
///   out     = out_proj(softmax(q k^T / sqrt(D) + causal mask) v)     for each head of D channels
///
/// x (N, S, C) -> the same. Padding is not masked, as in the training of Stable Diffusion.
/// transformers: models/clip/modeling_clip.py, CLIPAttention
/// paper: arXiv 1706.03762, section 3.2
class CLIPAttention : public nn::Module {
 public:
  CLIPAttention(const nn::Slot& slot, int64_t channels, int64_t heads);
  Tensor forward(const Tensor& x) const;
  int64_t heads() const { return heads_; }

 private:
  nn::Linear k_proj;  // k, v, q: the order in which the checkpoint lists them
  nn::Linear v_proj;
  nn::Linear q_proj;
  nn::Linear out_proj;
  int64_t heads_;
};

}  // namespace sdxl
