#pragma once

#include "tensor/image/image.h"

namespace tensor {

/// The edges of an image by Canny's method: white lines of one pixel on black.
///
///   1. gradient    (dx, dy) by Sobel's 3 x 3 kernels on bytes, borders repeated. Of a pixel's three
///                  channels the one with the largest magnitude counts.  m = |dx| + |dy|
///   2. thinning    a pixel stays if m > low and m is a maximum across the edge, along the nearest
///                  of four directions (borders at 22.5 and 67.5 degrees)
///   3. hysteresis  an edge is what is connected, by its eight neighbours, with a pixel of m > high
///
/// The pixels are those of OpenCV's cv2.Canny(image, low, high) on RGB, as the published ControlNets
/// for edges were trained. It does not blur the image first, as the paper does. `low` and `high` may
/// be given in any order.
/// Errors: std::invalid_argument for an image without pixels or a threshold that isn't finite.
/// OpenCV: modules/imgproc/src/canny.cpp   paper: Canny 1986, A Computational Approach to Edge
/// Detection
Image canny_edges(const Image& image, double low, double high);

}  // namespace tensor
