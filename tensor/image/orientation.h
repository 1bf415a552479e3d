#pragma once

#include <string_view>

#include "tensor/image/image.h"

namespace tensor {

/// The Orientation field (0x0112) of the Exif data in a JPEG or PNG, 1 to 8: how the camera was
/// held. 1, upright, when the file has no such field or its Exif data is damaged.
int exif_orientation(std::string_view file);

/// Turns and mirrors an image that was taken with an orientation, so that it is upright.
///
///   2 mirrored   3 upside down   4 mirrored upside down   5 mirrored, then 8   6 turn right
///   7 mirrored, then 6   8 turn left
Image upright(const Image& image, int orientation);

}  // namespace tensor
