#pragma once

#include "sdxl/vae/autoencoder.h"

namespace sdxl {

/// A preview of latents without the decoder: a linear map to RGB that approximates it, one pixel
/// for each latent.
///
///   rgb = W z + b
///
/// W and b are fitted by least squares to the decoder's images of constant patches of random
/// latents, averaged over each latent's pixels. So they fit any autoencoder.
///
/// Why a linear map is enough: the four values of 8 x 8 pixels hold little more than their colour.
class LatentColours {
 public:
  /// Decodes one image of 32 x 32 latents, the same one each time.
  explicit LatentColours(const Autoencoder& vae);

  /// (N, 4, h, w), scaled -> (N, 3, h, w) from -1 to 1 and a little beyond. Noisy latents
  /// are scaled to a deviation of at most 1 before.
  Tensor images(const Tensor& latents) const;

 private:
  Tensor weights_;  // (4 + 1, 3): W^T and, below it, b
};

}  // namespace sdxl
