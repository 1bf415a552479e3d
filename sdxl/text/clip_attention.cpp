#include "sdxl/text/clip_attention.h"

namespace sdxl {

CLIPAttention::CLIPAttention(const nn::Slot& slot, int64_t channels, int64_t heads,
                             tensor::Mask mask)
    : Module(slot),
      k_proj(child("k_proj"), channels, channels),
      v_proj(child("v_proj"), channels, channels),
      q_proj(child("q_proj"), channels, channels),
      out_proj(child("out_proj"), channels, channels),
      heads_(heads),
      mask_(mask) {}

Tensor CLIPAttention::forward(const Tensor& x) const {
  record_inputs({{"x", x}});
  const Tensor q = q_proj.forward(x);  // (N, S, C)
  const Tensor k = k_proj.forward(x);
  const Tensor v = v_proj.forward(x);
  Tensor h = scaled_dot_product_attention(q, k, v, heads_, mask_);
  h = out_proj.forward(h);
  return record(h);
}

}  // namespace sdxl
