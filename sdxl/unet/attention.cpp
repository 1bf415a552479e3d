#include "sdxl/unet/attention.h"

#include "tensor/ops.h"

namespace sdxl {

Attention::Attention(const nn::Slot& slot, int64_t channels, int64_t context_channels,
                     int64_t heads)
    : Module(slot),
      to_q(child("to_q"), channels, channels, nn::Linear::Bias::no),
      to_k(child("to_k"), context_channels, channels, nn::Linear::Bias::no),
      to_v(child("to_v"), context_channels, channels, nn::Linear::Bias::no),
      to_out(child("to_out.0"), channels, channels),
      heads_(heads) {}

Tensor Attention::forward(const Tensor& x, const Tensor& other) const {
  const Tensor& context = other.empty() ? x : other;
  record_inputs({{"x", x}, {"context", context}});
  const Tensor q = to_q.forward(x);        // (N, T, C)
  const Tensor k = to_k.forward(context);  // (N, S, C)
  const Tensor v = to_v.forward(context);  // (N, S, C)
  Tensor h = scaled_dot_product_attention(q, k, v, heads_);
  h = processed(q, h);    // of an adapter, if there is one
  h = to_out.forward(h);  // (N, T, C)
  return record(h);
}

Tensor Attention::processed(const Tensor& q, const Tensor& h) const {
  return processor_ ? processor_->forward(q, h, heads_) : h;
}

}  // namespace sdxl
