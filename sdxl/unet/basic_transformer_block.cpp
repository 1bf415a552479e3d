#include "sdxl/unet/basic_transformer_block.h"

#include "tensor/ops.h"

namespace sdxl {

BasicTransformerBlock::BasicTransformerBlock(const nn::Slot& slot, int64_t channels,
                                             int64_t context_channels, int64_t heads)
    : Module(slot),
      norm1(child("norm1"), channels, 1e-5f),
      attn1(child("attn1"), channels, channels, heads),
      norm2(child("norm2"), channels, 1e-5f),
      attn2(child("attn2"), channels, context_channels, heads),
      norm3(child("norm3"), channels, 1e-5f),
      ff(child("ff"), channels) {}

Tensor BasicTransformerBlock::forward(const Tensor& x, const Tensor& context) const {
  record_inputs({{"x", x}, {"context", context}});
  // Self-attention: every latent position attends to all of them.
  Tensor y = norm1.forward(x);  // (N, T, C)
  y = attn1.forward(y, y);
  Tensor h = x + y;

  // Cross-attention: every latent position attends to the text tokens.
  y = norm2.forward(h);
  y = attn2.forward(y, context);
  h = h + y;

  // Feed-forward: every position separately.
  y = norm3.forward(h);
  y = ff.forward(y);
  h = h + y;
  return record(h);
}

}  // namespace sdxl
