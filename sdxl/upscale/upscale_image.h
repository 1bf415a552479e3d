#pragma once

#include "sdxl/pixel_size.h"
#include "sdxl/upscale/rrdb_net.h"
#include "tensor/image/image.h"

namespace sdxl {

/// Squares that a large image is upscaled by. Each is seen with `margin` pixels more around it, of
/// which nothing is kept: the net sees further than that, but hardly.
struct UpscaleTiles {
  int64_t side = 256, margin = 16;  // of the input, multiples of 4
};

/// An image times the net's factor, tile by tile. Sides that the net can't take are continued by
/// their mirror image, which is cut off again.
/// Real-ESRGAN: realesrgan/utils.py, RealESRGANer
tensor::Image upscale(const RRDBNet& net, const tensor::Image& image,
                      const UpscaleTiles& tiles = {});

/// An image at a larger size: upscaled, up to three times until no side is too small, then resized
/// by Lanczos.
/// A1111: modules/upscaler.py, Upscaler.upscale
tensor::Image upscale_to(const RRDBNet& net, const tensor::Image& image, const PixelSize& size);

}  // namespace sdxl
