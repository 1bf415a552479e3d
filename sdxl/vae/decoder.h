#pragma once

#include "sdxl/vae/vae_blocks.h"
#include "sdxl/vae/vae_config.h"

namespace sdxl {

/// From latents to an image.
///
/// z (N, 4, h, w) -> (N, 3, 8 h, 8 w), from -1 to 1 and a little beyond.
/// diffusers: models/autoencoders/vae.py, Decoder
class Decoder : public nn::Module {
 public:
  Decoder(const nn::Slot& slot, const VaeConfig& config);
  Tensor forward(const Tensor& z) const;

 private:
  nn::Conv2d conv_in;
  UNetMidBlock2D mid_block;
  nn::ModuleList<UpDecoderBlock2D> up_blocks;  // the lowest resolution first
  nn::GroupNorm conv_norm_out;
  nn::Conv2d conv_out;
};

}  // namespace sdxl
