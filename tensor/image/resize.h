#pragma once

#include <cstdint>

#include "tensor/image/image.h"

namespace tensor {

/// Resizes an image by the Lanczos filter, a windowed sinc of three lobes:
///
///   out[i]  = sum_x in[x] w(x, i) / sum_x w(x, i)
///   w(x, i) = L((x + 0.5 - (i + 0.5) s) / max(s, 1)),   s = input size / output size
///   L(t)    = sinc(t) sinc(t / 3) for |t| < 3, else 0
///
/// The rows first, then the columns (columns first where they lose more than twice as many
/// pixels). Shrinking widens the filter, against aliasing. The result equals Pillow's
/// Image.resize(..., LANCZOS), which diffusers uses, bit for bit: weights are rounded to 22 binary
/// digits, and the result of the first pass to bytes.
/// Errors: std::invalid_argument for a size below 1.
Image resize_lanczos(const Image& image, int64_t height, int64_t width);

/// The same with the cubic filter, as CLIP's image processor does:
///
///   C(t) = (a + 2)|t|^3 - (a + 3)|t|^2 + 1      for |t| < 1
///        = a|t|^3 - 5a|t|^2 + 8a|t| - 4a        for 1 <= |t| < 2, else 0,   a = -0.5
///
/// It equals Pillow's Image.resize(..., BICUBIC), bit for bit.
/// Errors: std::invalid_argument for a size below 1.
Image resize_bicubic(const Image& image, int64_t height, int64_t width);

/// The part of an image that starts `top` pixels down and `left` pixels in.
/// Errors: std::invalid_argument when it reaches outside of the image.
Image crop(const Image& image, int64_t top, int64_t left, int64_t height, int64_t width);

}  // namespace tensor
