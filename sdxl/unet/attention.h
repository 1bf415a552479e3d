#pragma once

#include "nn/linear.h"

namespace sdxl {

using tensor::Tensor;

/// Multi-head attention: every position of x (query) attends to every position of the context (keys
/// and values).
///
///   q, k, v = to_q(x), to_k(context), to_v(context)
///   out     = to_out(softmax(q k^T / sqrt(D)) v)            for each head of D = channels / heads
///
/// x (N, T, C), context (N, S, C_context) -> (N, T, C). The context is `other`, or where that
/// is empty x: self-attention.
/// diffusers: models/attention_processor.py, Attention with AttnProcessor2_0
/// paper: arXiv 1706.03762, section 3.2
class Attention : public nn::Module {
 public:
  Attention(const nn::Slot& slot, int64_t channels, int64_t context_channels, int64_t heads);
  Tensor forward(const Tensor& x, const Tensor& other = {}) const;
  int64_t heads() const { return heads_; }

 private:
  nn::Linear to_q;
  nn::Linear to_k;
  nn::Linear to_v;
  nn::Linear to_out;  // "to_out.0": diffusers keeps a dropout as "to_out.1"
  int64_t heads_;
};

}  // namespace sdxl
