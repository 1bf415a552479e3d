#pragma once

#include <string>
#include <string_view>

#include "tensor/image/image.h"

namespace tensor {

/// Decodes a WebP in memory, lossy or lossless: Pillow's pixels, bit for bit. Alpha is dropped: what
/// is transparent has the colour that the file holds there. Of an animation: the first frame, on a
/// black canvas where it is smaller. Not turned yet. `path` is for the errors, which are those of
/// read_image; without libwebp in the build, one that says so.
/// Pillow: WebPImagePlugin.py
Image decode_webp(const std::string& path, std::string_view file);

/// The decoder of this build, such as "libwebp 1.2.4", or "" if it has none.
std::string webp_library();

}  // namespace tensor
