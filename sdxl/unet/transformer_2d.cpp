#include "sdxl/unet/transformer_2d.h"

#include "nn/optional_layer.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

Tensor tokens_of(const Tensor& image) {
  const auto [n, c, height, width] = image.dims<4>();
  return permute(image.reshape({n, c, height * width}), {0, 2, 1});
}

Tensor image_of(const Tensor& tokens, int64_t height, int64_t width) {
  const auto [n, t, c] = tokens.dims<3>();
  return permute(tokens, {0, 2, 1}).reshape({n, c, height, width});
}

}  // namespace

TokenProjection::TokenProjection(const nn::Slot& slot, int64_t channels, bool is_linear)
    : linear(nn::layer_if<nn::Linear>(is_linear, slot, channels, channels)),
      conv(nn::layer_if<nn::Conv2d>(!is_linear, slot, channels, channels,
                                    nn::Conv2d::Options{.kernel = 1})) {}

Tensor TokenProjection::flatten(const Tensor& image) const {
  return linear ? linear->forward(tokens_of(image)) : tokens_of(conv->forward(image));
}

Tensor TokenProjection::unflatten(const Tensor& tokens, int64_t height, int64_t width) const {
  return linear ? image_of(linear->forward(tokens), height, width)
                : conv->forward(image_of(tokens, height, width));
}

Transformer2D::Transformer2D(const nn::Slot& slot, const TransformerConfig& c)
    : Module(slot),
      norm(child("norm"), c.groups, c.channels, 1e-6f),
      proj_in(child("proj_in"), c.channels, c.linear_projection),
      transformer_blocks(child("transformer_blocks")),
      proj_out(child("proj_out"), c.channels, c.linear_projection) {
  for (int64_t i = 0; i < c.depth; ++i) {
    transformer_blocks.add(c.channels, c.context_channels, c.heads);
  }
}

Tensor Transformer2D::forward(const Tensor& x, const Tensor& context) const {
  record_inputs({{"x", x}, {"context", context}});
  const auto [n, c, height, width] = x.dims<4>();
  Tensor h = norm.forward(x);  // (N, C, H, W)
  h = proj_in.flatten(h);      // (N, H W, C)
  for (const BasicTransformerBlock& block : transformer_blocks) {
    h = block.forward(h, context);
  }
  h = proj_out.unflatten(h, height, width);  // (N, C, H, W)
  return record(x + h);
}

}  // namespace sdxl
