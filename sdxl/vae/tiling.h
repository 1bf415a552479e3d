#pragma once

#include <functional>

#include "tensor/tensor.h"

namespace sdxl {

using tensor::Tensor;

/// Applies `function` to an image tile by tile, where the whole image would need too much memory.
/// Square tiles of side `input`, three quarters of a side apart, become tiles of side `output`.
/// Each is blended over a quarter of its side with the tile above and the tile to the left. An x of
/// at most one tile is passed whole.
///
///   out[y] = (1 - y / extent) above[y] + y / extent below[y]         within the blended extent
///
/// Why not always: attention and group norms see one tile and not the image, so colours may
/// differ a little from tile to tile.
///
/// x (N, C, H, W) -> (N, C', H output / input, W output / input). Modules record once a tile, so no
/// trace is made.
/// diffusers: models/autoencoders/autoencoder_kl.py, _tiled_encode and tiled_decode
Tensor run_tiled(const Tensor& x, int64_t input, int64_t output,
                 const std::function<Tensor(const Tensor& tile)>& function);

}  // namespace sdxl
