#pragma once

#include "nn/group_norm.h"
#include "nn/linear.h"

namespace sdxl {

using tensor::Tensor;

/// Self-attention over all pixels, with a single head of all C channels.
///
///   h       = group_norm(x) as tokens
///   q, k, v = to_q(h), to_k(h), to_v(h)
///   out     = x + to_out(softmax(q k^T / sqrt(C)) v)
///
/// x (N, C, H, W) -> the same.
/// diffusers: models/attention_processor.py, Attention with residual_connection
class VaeAttention : public nn::Module {
 public:
  VaeAttention(const nn::Slot& slot, int64_t channels, int64_t groups);
  Tensor forward(const Tensor& x) const;

 private:
  nn::GroupNorm group_norm;
  nn::Linear to_q;
  nn::Linear to_k;
  nn::Linear to_v;
  nn::Linear to_out;  // "to_out.0"; "to_out.1" is a dropout in diffusers
};

}  // namespace sdxl
