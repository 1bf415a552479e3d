#pragma once

#include <optional>

#include "sdxl/vae/autoencoder.h"
#include "sdxl/vae/decoder.h"
#include "sdxl/vae/diagonal_gaussian.h"
#include "sdxl/vae/encoder.h"

namespace sdxl {

/// The autoencoder: images to latents of an eighth of the size, and back.
///
///   posterior = quant_conv(encoder(image))
///   image   = decoder(post_quant_conv(z))
///
/// diffusers: models/autoencoders/autoencoder_kl.py, AutoencoderKL
/// paper: arXiv 2112.10752, section 3.1; arXiv 2307.01952, section 2.4
class AutoencoderKL : public Autoencoder {
 public:
  AutoencoderKL(const nn::Slot& slot, const VaeConfig& config);
  const VaeConfig& config() const { return config_; }

  /// image (N, 3, H, W) in [-1, 1] -> latents (N, 4, H/8, W/8), not scaled yet.
  DiagonalGaussian encode(const Tensor& image) const;
  /// latents (N, 4, h, w), no longer scaled -> image (N, 3, 8 h, 8 w), about -1 to 1.
  Tensor decode(const Tensor& latents) const;
  /// The same in tiles of the training images' size, for large images: see run_tiled.
  DiagonalGaussian encode_tiled(const Tensor& image) const;
  Tensor decode_tiled(const Tensor& latents) const;

  int64_t latent_channels() const override { return config_.latent_channels; }
  int64_t pixels_per_latent() const override { return config_.pixels_per_latent(); }
  Tensor to_latents(const Tensor& image, NoiseSource* noise, bool tiled) const override;
  Tensor to_image(const Tensor& latents, bool tiled) const override;

 private:
  Encoder encoder;
  std::optional<nn::Conv2d> quant_conv;
  std::optional<nn::Conv2d> post_quant_conv;
  Decoder decoder;
  VaeConfig config_;
};

}  // namespace sdxl
