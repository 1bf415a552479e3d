#pragma once

#include <string_view>

#include "tensor/image/image.h"

namespace tensor {

/// Whether a file begins as a WebP.
bool is_webp(std::string_view file);

/// The Orientation field (0x0112) of the Exif data in a JPEG, PNG or WebP, 1 to 8: the orientation
/// of the camera. Without that field: tiff:Orientation of its XMP data. 1, upright, when the file
/// has neither or the data is damaged.
int exif_orientation(std::string_view file);

/// Rotates and mirrors an image so that it is upright, by its Exif orientation:
///
///   1 nothing                 5 mirror left-right, then rotate 90 degrees left
///   2 mirror left-right       6 rotate 90 degrees right
///   3 rotate 180 degrees      7 mirror left-right, then rotate 90 degrees right
///   4 mirror top-bottom       8 rotate 90 degrees left
Image upright(Image image, int orientation);

}  // namespace tensor
