#pragma once

#include "tensor/image/image.h"
#include "tensor/tensor.h"

namespace sdxl {

/// A heat map (h, w) blended over the image in grey: black where the map is lowest, then red and
/// yellow, white where it is highest.
/// Errors: std::invalid_argument for an image without pixels, a map that is not (h, w), or a NaN.
tensor::Image heat_over(const tensor::Image& image, const tensor::Tensor& map);

}  // namespace sdxl
