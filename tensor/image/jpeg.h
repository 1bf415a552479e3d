#pragma once

#include <string>
#include <string_view>

#include "tensor/image/image.h"

namespace tensor {

/// Decodes a JPEG in memory: baseline or progressive; grey, RGB or CMYK. Not turned yet. `path` is
/// for the errors.
///
/// With libjpeg-turbo the pixels are Pillow's, bit for bit: the accurate integer inverse DCT and
/// its smooth ("fancy") upsampling of the chroma. A build without that library uses stb_image,
/// whose pixels differ: by up to 3 of 255, and in 4:2:2 files by far more in one column at the
/// right edge.
///
/// CMYK is read as Adobe writes it, inverted: red = k - round((255 - c) k / 255) for the file's c, k.
/// Errors: those of read_image. Data that is damaged between intact markers is decoded as far as it
/// goes, as in Pillow.
/// Pillow: src/libImaging/JpegDecode.c, Convert.c (cmyk2rgb)
Image decode_jpeg(const std::string& path, std::string_view file);

/// The decoder of this build, such as "libjpeg-turbo 2.1.5" or "stb_image".
std::string jpeg_library();

}  // namespace tensor
