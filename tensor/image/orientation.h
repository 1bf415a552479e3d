#pragma once

#include <string_view>

#include "tensor/image/image.h"

namespace tensor {

/// The Orientation field (0x0112) of the Exif data in a JPEG or PNG, 1 to 8: the orientation of the
/// camera. 1, upright, when the file has no such field or its Exif data is damaged.
int exif_orientation(std::string_view file);

/// Rotates and mirrors an image so that it is upright, by its Exif orientation:
///
///   1 nothing                 5 mirror left-right, then rotate 90 degrees left
///   2 mirror left-right       6 rotate 90 degrees right
///   3 rotate 180 degrees      7 mirror left-right, then rotate 90 degrees right
///   4 mirror top-bottom       8 rotate 90 degrees left
Image upright(const Image& image, int orientation);

}  // namespace tensor
