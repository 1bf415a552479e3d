#include "sdxl/vae/autoencoder_kl.h"

#include "nn/optional_layer.h"
#include "sdxl/vae/latent_scaling.h"
#include "sdxl/vae/tiling.h"
#include "tensor/ops.h"

namespace sdxl {

AutoencoderKL::AutoencoderKL(const nn::Slot& slot, const VaeConfig& c)
    : Autoencoder(slot),
      encoder(child("encoder"), c),
      quant_conv(nn::layer_if<nn::Conv2d>(c.use_quant_conv, child("quant_conv"),
                                          2 * c.latent_channels, 2 * c.latent_channels,
                                          nn::Conv2d::Options{.kernel = 1})),
      post_quant_conv(nn::layer_if<nn::Conv2d>(c.use_post_quant_conv, child("post_quant_conv"),
                                               c.latent_channels, c.latent_channels,
                                               nn::Conv2d::Options{.kernel = 1})),
      decoder(child("decoder"), c),
      config_(c) {}

DiagonalGaussian AutoencoderKL::encode(const Tensor& image) const {
  Tensor h = encoder.forward(image);           // (N, 8, H/8, W/8)
  if (quant_conv) h = quant_conv->forward(h);  // means and logarithms of variances
  return DiagonalGaussian(h);
}

Tensor AutoencoderKL::decode(const Tensor& latents) const {
  Tensor h = latents;  // (N, 4, h, w)
  if (post_quant_conv) h = post_quant_conv->forward(h);
  return decoder.forward(h);  // (N, 3, 8 h, 8 w)
}

DiagonalGaussian AutoencoderKL::encode_tiled(const Tensor& image) const {
  const int64_t pixels = config_.sample_size, latents = pixels / config_.pixels_per_latent();
  return DiagonalGaussian(run_tiled(image, pixels, latents,
                                    [&](const Tensor& tile) { return encode(tile).moments(); }));
}

Tensor AutoencoderKL::decode_tiled(const Tensor& latents) const {
  const int64_t pixels = config_.sample_size, size = pixels / config_.pixels_per_latent();
  return run_tiled(latents, size, pixels, [&](const Tensor& tile) { return decode(tile); });
}

Tensor AutoencoderKL::to_latents(const Tensor& image, NoiseSource* noise, bool tiled) const {
  const DiagonalGaussian posterior = tiled ? encode_tiled(image) : encode(image);
  const Tensor z = noise ? posterior.sample(*noise) : posterior.mode();
  return scale_latents(config_, z);
}

Tensor AutoencoderKL::to_image(const Tensor& latents, bool tiled) const {
  const Tensor z = unscale_latents(config_, latents);
  return tiled ? decode_tiled(z) : decode(z);
}

}  // namespace sdxl
