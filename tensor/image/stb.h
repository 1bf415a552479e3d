#pragma once

#include <string>
#include <string_view>

#include "tensor/image/image.h"

namespace tensor {

/// Decodes a PNG or a BMP in memory; a JPEG where the build has no libjpeg-turbo. Not turned yet.
/// `path` is for the errors, which are those of read_image.
Image decode_with_stb(const std::string& path, std::string_view file);

/// The bytes of a PNG without texts. Errors: std::runtime_error when memory is short.
std::string encode_png(const std::string& path, const Image& image);

}  // namespace tensor
