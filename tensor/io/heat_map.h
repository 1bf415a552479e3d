#pragma once

#include "tensor/io/image.h"
#include "tensor/tensor.h"

namespace tensor::io {

/// A map (h, w) as heat over a picture, which shows through in grey: black where the map is lowest,
/// then red and yellow, white where it is highest.
/// Errors: std::invalid_argument for a picture without pixels, another shape, or a NaN.
Image heat_over(const Image& picture, const Tensor& map);

}  // namespace tensor::io
