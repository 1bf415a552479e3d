#pragma once

#include "nn/linear.h"
#include "tensor/ops.h"

namespace sdxl {

using tensor::Tensor;

/// Multi-head self-attention. In a text encoder it is causal: a token attends to itself and to the
/// tokens before it. In an image encoder every patch attends to all.
///
///   q, k, v = q_proj(x), k_proj(x), v_proj(x)
///   out     = out_proj(softmax(q k^T / sqrt(D) + mask) v)     for each head of D channels
///
/// x (N, S, C) -> the same. Padding is not masked, as in the training of Stable Diffusion.
/// `visible` (N, S) is 0 for the tokens that no token attends to and 1 for the others, of which the
/// first is one; empty: all are visible.
/// transformers: models/clip/modeling_clip.py, CLIPAttention
/// paper: arXiv 1706.03762, section 3.2
class CLIPAttention : public nn::Module {
 public:
  CLIPAttention(const nn::Slot& slot, int64_t channels, int64_t heads,
                tensor::Mask mask = tensor::Mask::causal);
  Tensor forward(const Tensor& x, const Tensor& visible = {}) const;
  int64_t heads() const { return heads_; }

 private:
  nn::Linear k_proj;  // k, v, q: the order in which the checkpoint lists them
  nn::Linear v_proj;
  nn::Linear q_proj;
  nn::Linear out_proj;
  int64_t heads_;
  tensor::Mask mask_;
};

}  // namespace sdxl
