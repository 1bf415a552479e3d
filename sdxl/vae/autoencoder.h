#pragma once

#include "nn/module.h"
#include "sdxl/noise_source.h"

namespace sdxl {

using nn::Slot;
using tensor::Tensor;

/// The autoencoder of a pipeline: images to the scaled latents of the UNet, and back.
/// AutoencoderKL is the one of the paper, AutoencoderTiny a small and fast one.
///
/// Letters: H, W pixels; h, w latents, pixels_per_latent() times fewer.
class Autoencoder : public nn::Module {
 public:
  virtual int64_t latent_channels() const = 0;
  /// Pixels along one side of a latent's square: 8.
  virtual int64_t pixels_per_latent() const = 0;

  /// image (N, 3, H, W) from -1 to 1 -> latents (N, 4, h, w), scaled. If the encoder gives a
  /// distribution: its mode, or with a source of noise a sample. `tiled` saves memory.
  virtual Tensor to_latents(const Tensor& image, NoiseSource* noise, bool tiled) const = 0;
  /// latents (N, 4, h, w), scaled -> image (N, 3, H, W), from -1 to 1 and a little beyond.
  virtual Tensor to_image(const Tensor& latents, bool tiled) const = 0;

 protected:
  using nn::Module::Module;
};

}  // namespace sdxl
