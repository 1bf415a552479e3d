#pragma once

#include <optional>

#include "nn/conv2d.h"
#include "nn/group_norm.h"
#include "nn/linear.h"

namespace sdxl {

using tensor::Tensor;

struct ResnetConfig {
  int64_t in_channels;
  int64_t out_channels;
  int64_t temb_channels;  // 0: no timestep, as in the autoencoder
  int64_t groups;
  float eps;
};

/// Two convolutions, with the timestep added between them, and a residual connection.
///
///   h   = conv1(silu(norm1(x))) + time_emb_proj(silu(temb))
///   out = shortcut(x) + conv2(silu(norm2(h)))
///
/// x (N, C_in, H, W), temb (N, temb_channels) -> (N, C_out, H, W)
/// diffusers: models/resnet.py, ResnetBlock2D
///
/// The autoencoder's blocks have no timestep: neither time_emb_proj nor temb.
class ResnetBlock : public nn::Module {
 public:
  ResnetBlock(const nn::Slot& slot, const ResnetConfig& config);
  Tensor forward(Tensor x, const Tensor& temb = {}) const;

 private:
  Tensor shortcut_of(const Tensor& x) const;

  nn::GroupNorm norm1;
  nn::Conv2d conv1;
  std::optional<nn::Linear> time_emb_proj;  // only where temb_channels > 0
  nn::GroupNorm norm2;
  nn::Conv2d conv2;
  std::optional<nn::Conv2d> conv_shortcut;  // only where C_in != C_out
};

}  // namespace sdxl
