#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nn/conv2d.h"
#include "sdxl/vae/autoencoder.h"
#include "sdxl/vae/tiny_vae_config.h"

namespace sdxl {

/// Three convolutions around a shortcut.
///
///   out = relu(conv.4(relu(conv.2(relu(conv.0(x))))) + x)
///
/// x (N, C, H, W) -> the same.   diffusers: models/unets/unet_2d_blocks.py, AutoencoderTinyBlock
class AutoencoderTinyBlock : public nn::Module {
 public:
  AutoencoderTinyBlock(const Slot& slot, int64_t channels);
  Tensor forward(const Tensor& x) const;

 private:
  nn::Conv2d conv_0;  // 1 and 3 are the activations
  nn::Conv2d conv_2;
  nn::Conv2d conv_4;
};

/// A level of the encoder or the decoder. Not a module: the layers of all levels are numbered in
/// one sequence.
struct TinyLevel {
  std::unique_ptr<nn::Conv2d> conv;
  std::vector<std::unique_ptr<AutoencoderTinyBlock>> blocks;
};

/// From an image to its latents: on each level a convolution, of stride 2 on all but the first,
/// then blocks.
///
/// x (N, 3, H, W) in [-1, 1] -> (N, 4, H/8, W/8), rounded up
/// diffusers: models/autoencoders/vae.py, EncoderTiny
class EncoderTiny : public nn::Module {
 public:
  EncoderTiny(const Slot& slot, const TinyVaeConfig& config);
  Tensor forward(const Tensor& x) const;

 private:
  std::vector<TinyLevel> levels_;  // "layers.0" and so on
  std::unique_ptr<nn::Conv2d> conv_out_;
};

/// From latents to an image: on each level blocks, then upsampling by 2 on all but the last, and a
/// convolution.
///
/// x (N, 4, h, w) -> (N, 3, 8 h, 8 w), about -1 to 1
/// diffusers: models/autoencoders/vae.py, DecoderTiny
class DecoderTiny : public nn::Module {
 public:
  DecoderTiny(const Slot& slot, const TinyVaeConfig& config);
  Tensor forward(const Tensor& x) const;

 private:
  std::unique_ptr<nn::Conv2d> conv_in_;  // "layers.0"; an activation is 1
  std::vector<TinyLevel> levels_;
};

/// A small autoencoder that was distilled from the full one: 1.2 million parameters for each half,
/// in place of 34 and 49. It serves for previews and quick drafts.
///
///   latents = encoder(image)
///   image = decoder(latents)
///
/// The encoder gives one set of latents for an image, without a distribution to sample.
/// diffusers: models/autoencoders/autoencoder_tiny.py, AutoencoderTiny
class AutoencoderTiny : public Autoencoder {
 public:
  AutoencoderTiny(const Slot& slot, const TinyVaeConfig& config);
  const TinyVaeConfig& config() const { return config_; }

  int64_t latent_channels() const override { return config_.latent_channels; }
  int64_t pixels_per_latent() const override { return config_.pixels_per_latent(); }
  /// Errors: std::invalid_argument if `tiled`: a network as small as this needs no tiles.
  Tensor to_latents(const Tensor& image, NoiseSource* noise, bool tiled) const override;
  Tensor to_image(const Tensor& latents, bool tiled) const override;

 private:
  EncoderTiny encoder;
  DecoderTiny decoder;
  TinyVaeConfig config_;
};

}  // namespace sdxl
