#pragma once

#include "sdxl/vae/vae_blocks.h"
#include "sdxl/vae/vae_config.h"

namespace sdxl {

/// From an image to the distribution of its latents.
///
/// x (N, 3, H, W) in [-1, 1] -> (N, 8, H/8, W/8): means, then logarithms of variances.
/// diffusers: models/autoencoders/vae.py, Encoder
class Encoder : public nn::Module {
 public:
  Encoder(const nn::Slot& slot, const VaeConfig& config);
  Tensor forward(const Tensor& x) const;

 private:
  nn::Conv2d conv_in;
  nn::ModuleList<DownEncoderBlock2D> down_blocks;
  UNetMidBlock2D mid_block;
  nn::GroupNorm conv_norm_out;
  nn::Conv2d conv_out;
};

}  // namespace sdxl
