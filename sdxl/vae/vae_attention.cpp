#include "sdxl/vae/vae_attention.h"

#include "tensor/ops.h"

namespace sdxl {

VaeAttention::VaeAttention(const nn::Slot& slot, int64_t channels, int64_t groups)
    : Module(slot),
      group_norm(child("group_norm"), groups, channels, 1e-6f),
      to_q(child("to_q"), channels, channels),
      to_k(child("to_k"), channels, channels),
      to_v(child("to_v"), channels, channels),
      to_out(child("to_out.0"), channels, channels) {}

Tensor VaeAttention::forward(const Tensor& x) const {
  record_inputs({{"x", x}});
  const auto [n, c, height, width] = x.dims<4>();
  Tensor h = x.reshape({n, c, height * width});  // (N, C, T)
  h = group_norm.forward(h);
  h = permute(h, {0, 2, 1});  // (N, T, C)

  const Tensor q = to_q.forward(h);
  const Tensor k = to_k.forward(h);
  const Tensor v = to_v.forward(h);
  h = scaled_dot_product_attention(q, k, v, 1);
  h = to_out.forward(h);

  h = permute(h, {0, 2, 1}).reshape({n, c, height, width});  // (N, C, H, W)
  return record(x + h);
}

}  // namespace sdxl
