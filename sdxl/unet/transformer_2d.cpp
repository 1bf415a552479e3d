#include "sdxl/unet/transformer_2d.h"

#include "tensor/ops.h"

namespace sdxl {

namespace {

/// (N, C, H, W) -> (N, H W, C): one token a pixel, row by row.
Tensor to_tokens(const Tensor& x) {
  const auto [n, c, height, width] = x.dims<4>();
  return permute(x.reshape({n, c, height * width}), {0, 2, 1});
}

/// (N, H W, C) -> (N, C, H, W).
Tensor to_picture(const Tensor& tokens, int64_t height, int64_t width) {
  const auto [n, t, c] = tokens.dims<3>();
  return permute(tokens, {0, 2, 1}).reshape({n, c, height, width});
}

}  // namespace

Transformer2D::Transformer2D(const nn::Slot& slot, const TransformerConfig& c)
    : Module(slot),
      norm(child("norm"), c.groups, c.channels, 1e-6f),
      transformer_blocks(child("transformer_blocks")) {
  if (c.linear_projection) {
    proj_in.emplace(child("proj_in"), c.channels, c.channels);
    proj_out.emplace(child("proj_out"), c.channels, c.channels);
  } else {
    proj_in_conv.emplace(child("proj_in"), c.channels, c.channels,
                         nn::Conv2d::Options{.kernel = 1});
    proj_out_conv.emplace(child("proj_out"), c.channels, c.channels,
                          nn::Conv2d::Options{.kernel = 1});
  }
  for (int64_t i = 0; i < c.depth; ++i) {
    transformer_blocks.add(c.channels, c.context_channels, c.heads);
  }
}

Tensor Transformer2D::forward(const Tensor& x, const Tensor& context) const {
  const auto [n, c, height, width] = x.dims<4>();
  Tensor h = norm.forward(x);  // (N, C, H, W)
  h = enter(h);                // (N, T, C)
  for (const BasicTransformerBlock& block : transformer_blocks) {
    h = block.forward(h, context);
  }
  h = leave(h, height, width);  // (N, C, H, W)
  return record(x + h);
}

Tensor Transformer2D::enter(const Tensor& x) const {
  return proj_in ? proj_in->forward(to_tokens(x)) : to_tokens(proj_in_conv->forward(x));
}

Tensor Transformer2D::leave(const Tensor& tokens, int64_t height, int64_t width) const {
  return proj_out ? to_picture(proj_out->forward(tokens), height, width)
                  : proj_out_conv->forward(to_picture(tokens, height, width));
}

}  // namespace sdxl
