#include "sdxl/control/control_transformer.h"

#include "tensor/ops.h"

namespace sdxl {

namespace {

constexpr float eps = 1e-5f;

/// (S, N, C) -> (N, S, C)
Tensor swapped(const Tensor& x) { return permute(x, {1, 0, 2}); }

}  // namespace

MultiheadAttention::MultiheadAttention(const nn::Slot& slot, int64_t channels, int64_t heads)
    : Module(slot),
      in_proj_weight(this, "in_proj_weight", {3 * channels, channels}),
      in_proj_bias(this, "in_proj_bias", {3 * channels}),
      out_proj(child("out_proj"), channels, channels),
      heads_(heads) {}

Tensor MultiheadAttention::forward(const Tensor& x) const {
  record_inputs({{"x", x}});
  const int64_t c = x.dim(-1);
  const Tensor qkv =
      swapped(linear(x, in_proj_weight.view(), &in_proj_bias.view()));  // (N, S, 3 C)
  Tensor h = scaled_dot_product_attention(slice(qkv, 2, 0, c), slice(qkv, 2, c, 2 * c),
                                          slice(qkv, 2, 2 * c, 3 * c), heads_);
  h = out_proj.forward(swapped(h));  // (S, N, C)
  return record(h);
}

ResidualAttentionMlp::ResidualAttentionMlp(const nn::Slot& slot, int64_t channels)
    : Module(slot),
      c_fc(child("c_fc"), channels, 4 * channels),
      c_proj(child("c_proj"), 4 * channels, channels) {}

Tensor ResidualAttentionMlp::forward(const Tensor& x) const {
  record_inputs({{"x", x}});
  Tensor h = c_fc.forward(x);  // (N, S, 4 C)
  h = quick_gelu(h);
  h = c_proj.forward(h);  // (N, S, C)
  return record(h);
}

ResidualAttentionBlock::ResidualAttentionBlock(const nn::Slot& slot, int64_t channels,
                                               int64_t heads)
    : Module(slot),
      attn(child("attn"), channels, heads),
      ln_1(child("ln_1"), channels, eps),
      mlp(child("mlp"), channels),
      ln_2(child("ln_2"), channels, eps) {}

Tensor ResidualAttentionBlock::forward(const Tensor& x) const {
  record_inputs({{"x", x}});
  Tensor h = x + attn.forward(ln_1.forward(x));  // along the batch: see the header
  h = h + mlp.forward(ln_2.forward(h));
  return record(h);
}

}  // namespace sdxl
