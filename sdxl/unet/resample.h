#pragma once

#include "nn/conv2d.h"

namespace sdxl {

using tensor::Tensor;

/// Halves the resolution with a strided convolution.
///
/// x (N, C, H, W) -> (N, C, H/2, W/2)
/// diffusers: models/downsampling.py, Downsample2D
///
/// The UNet pads all sides by 1, so odd sizes round up. The autoencoder's encoder pads only right
/// and bottom, so they round down.
class Downsample2D : public nn::Module {
 public:
  Downsample2D(const nn::Slot& slot, int64_t channels, const tensor::Padding& padding);
  Tensor forward(const Tensor& x) const;

 private:
  nn::Conv2d conv;
};

/// Nearest-neighbour upsampling, then a convolution.
///
/// x (N, C, H, W) -> (N, C, 2 H, 2 W), or (N, C, height, width)
/// diffusers: models/upsampling.py, Upsample2D
///
/// Downsample2D rounds odd sizes up. So the UNet passes the height and width of the next skip.
class Upsample2D : public nn::Module {
 public:
  Upsample2D(const nn::Slot& slot, int64_t channels);
  Tensor forward(const Tensor& x) const;
  Tensor forward(const Tensor& x, int64_t height, int64_t width) const;

 private:
  nn::Conv2d conv;
};

}  // namespace sdxl
