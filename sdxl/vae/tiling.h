#pragma once

#include "sdxl/vae/autoencoder_kl.h"

namespace sdxl {

/// The autoencoder for images that are too large for memory: tile by tile, each as large as the
/// images it was trained with, and blended over a quarter of a tile with the one above and the
/// one to the left. An image of one tile or less is done whole, and so exactly.
///
///   out[y] = (1 - y / extent) above[y] + y / extent below[y]         within the blended extent
///
/// Why not always: attention and group norms see one tile and not the image, so colours may
/// differ a little from tile to tile.
///
/// Shapes as AutoencoderKL::encode and decode. Modules record once a tile, so no trace is made.
/// diffusers: models/autoencoders/autoencoder_kl.py, _tiled_encode and tiled_decode
DiagonalGaussian encode_tiled(const AutoencoderKL& vae, const Tensor& image);
Tensor decode_tiled(const AutoencoderKL& vae, const Tensor& latents);

}  // namespace sdxl
