#pragma once

#include <memory>

#include "nn/linear.h"
#include "nn/parameter.h"

namespace sdxl {

using tensor::Tensor;

/// What an adapter does to the attention of a layer, before its to_out: see ImageAttention.
/// diffusers: the attribute `processor` of Attention
class AttentionProcessor : public nn::Module {
 public:
  using Module::Module;
  /// The queries q (N, T, C) and the attention to the context h (N, T, C) -> h with its own part.
  virtual Tensor forward(const Tensor& q, const Tensor& h, int64_t heads) const = 0;
};

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
  int64_t channels() const { return to_q.parameters().front()->shape().dim(0); }
  /// The processor of an adapter, which is built the first time.
  template <class Processor>
  Processor& processor() {
    if (!processor_) processor_ = std::make_unique<Processor>(child("processor"));
    return dynamic_cast<Processor&>(*processor_);
  }

 private:
  /// The attention with what an adapter adds to it.
  Tensor processed(const Tensor& q, const Tensor& h) const;

  nn::Linear to_q;
  nn::Linear to_k;
  nn::Linear to_v;
  nn::Linear to_out;  // "to_out.0": diffusers keeps a dropout as "to_out.1"
  int64_t heads_;
  std::unique_ptr<AttentionProcessor> processor_;  // null without an adapter
};

}  // namespace sdxl
