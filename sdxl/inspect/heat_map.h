#pragma once

#include "tensor/image/image.h"
#include "tensor/tensor.h"

namespace sdxl {

/// The values that the darkest and the brightest colour stand for.
struct HeatScale {
  double low = 0.0, high = 1.0;
};

/// The smallest and the largest value of a map.
HeatScale range_of(const tensor::Tensor& map);

/// A heat map (h, w), enlarged by resize_bicubic, over the image in grey: from black at scale.low
/// through purple, red and orange to light yellow at scale.high. Values beyond the scale have the
/// colour of its end.
/// Errors: std::invalid_argument for an image without pixels, a map that is not (h, w), or a NaN.
tensor::Image heat_over(const tensor::Image& image, const tensor::Tensor& map,
                        const HeatScale& scale);

/// The legend of such maps: the colours from low to high, with numbers at both ends and in the
/// middle, and a text at the right.
tensor::Image heat_legend(const HeatScale& scale, const std::string& text);

/// A value as in a legend: three significant digits.
std::string short_number(double value);

}  // namespace sdxl
