#include "sdxl/text/clip_attention.h"

namespace sdxl {

namespace {

/// The softmax over the visible tokens alone: the weights of all, without the others', made to sum
/// to 1 again.
Tensor attention_to_visible(const Tensor& q, const Tensor& k, const Tensor& v, int64_t heads,
                            tensor::Mask mask, const Tensor& visible) {
  const auto [n, s, c] = v.dims<3>();
  Tensor w = attention_weights(q, k, heads, mask);  // (N, heads, S, S)
  w = w * visible.reshape({n, 1, 1, s});
  w = w / matmul(w, Tensor::full({n, heads, s, 1}, 1.0f));
  const Tensor values = permute(v.reshape({n, s, heads, c / heads}), {0, 2, 1, 3});
  return permute(matmul(w, values), {0, 2, 1, 3}).reshape({n, s, c});
}

}  // namespace

CLIPAttention::CLIPAttention(const nn::Slot& slot, int64_t channels, int64_t heads,
                             tensor::Mask mask)
    : Module(slot),
      k_proj(child("k_proj"), channels, channels),
      v_proj(child("v_proj"), channels, channels),
      q_proj(child("q_proj"), channels, channels),
      out_proj(child("out_proj"), channels, channels),
      heads_(heads),
      mask_(mask) {}

Tensor CLIPAttention::forward(const Tensor& x, const Tensor& visible) const {
  record_inputs({{"x", x}});
  const Tensor q = q_proj.forward(x);  // (N, S, C)
  const Tensor k = k_proj.forward(x);
  const Tensor v = v_proj.forward(x);
  Tensor h = visible.empty() ? scaled_dot_product_attention(q, k, v, heads_, mask_)
                             : attention_to_visible(q, k, v, heads_, mask_, visible);
  h = out_proj.forward(h);
  return record(h);
}

}  // namespace sdxl
