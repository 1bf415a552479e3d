#pragma once

#include <array>

#include "sdxl/pixel_size.h"

namespace sdxl {

/// The sizes SDXL was trained on in its multi-aspect stage: about 1024 * 1024 pixels each, sides in
/// multiples of 64, from 512 x 2048 to 2048 x 512.
///
/// paper: arXiv 2307.01952, section 2.3 and appendix I
const std::array<PixelSize, 40>& aspect_buckets();

/// The bucket whose aspect ratio height / width is nearest to an image's, on a logarithmic scale:
/// twice as wide and twice as tall are equally far from square.
///
/// Why a logarithm: the paper does not define the distance, and this one is the same for both
/// orientations. Errors: std::invalid_argument for a size below 1.
PixelSize nearest_bucket(const PixelSize& size);

}  // namespace sdxl
