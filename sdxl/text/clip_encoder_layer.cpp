#include "sdxl/text/clip_encoder_layer.h"

#include "tensor/ops.h"

namespace sdxl {

CLIPEncoderLayer::CLIPEncoderLayer(const nn::Slot& slot, const ClipEncoderConfig& c)
    : Module(slot),
      self_attn(child("self_attn"), c.hidden_size, c.num_attention_heads, c.mask),
      layer_norm1(child("layer_norm1"), c.hidden_size, c.layer_norm_eps),
      mlp(child("mlp"), c),
      layer_norm2(child("layer_norm2"), c.hidden_size, c.layer_norm_eps) {}

Tensor CLIPEncoderLayer::forward(const Tensor& x, const Tensor& visible) const {
  record_inputs({{"x", x}});
  // Attention: a token attends to itself and to those before it, a patch to all.
  Tensor y = layer_norm1.forward(x);
  y = self_attn.forward(y, visible);
  Tensor h = x + y;

  // MLP: every token separately.
  y = layer_norm2.forward(h);
  y = mlp.forward(y);
  h = h + y;
  return record(h);
}

}  // namespace sdxl
