#pragma once

#include "sdxl/vae/autoencoder.h"

namespace sdxl {

/// Latents as colours, without their decoder: a linear map that comes near to it, one pixel for
/// each latent.
///
///   rgb = W z + b
///
/// W and b are fitted, by least squares, to what the decoder makes of flat patches of random
/// latents, averaged over each latent's pixels: so they are right for any autoencoder.
///
/// Why so little is enough: most of what four numbers can say of 8 x 8 pixels is their colour.
class LatentColours {
 public:
  /// Decodes one image of 32 x 32 latents, the same one each time.
  explicit LatentColours(const Autoencoder& vae);

  /// (N, 4, h, w), scaled -> (N, 3, h, w) from -1 to 1 and a little beyond. Latents that are still
  /// noisy are brought to a deviation of at most 1 before.
  Tensor images(const Tensor& latents) const;

 private:
  Tensor weight_;  // (3, 4, 1, 1)
  Tensor bias_;    // (3)
};

}  // namespace sdxl
