#include "sdxl/inspect/heat_map.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

/// Black, red, yellow, white: red rises first, then green, then blue.
std::array<double, 3> glow(double heat) {
  return {std::clamp(3 * heat, 0.0, 1.0), std::clamp(3 * heat - 1, 0.0, 1.0),
          std::clamp(3 * heat - 2, 0.0, 1.0)};
}

double brightness(const uint8_t* rgb) {
  return (0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]) / 255;
}

}  // namespace

tensor::Image heat_over(const tensor::Image& image, const tensor::Tensor& map) {
  tensor::require(map.shape().rank() == 2 && map.size() > 0 && image.height > 0 && image.width > 0,
                  "heat_over expects an image and a map (h, w), got {} x {} pixels and {}",
                  image.height, image.width, map.shape());
  tensor::require(!tensor::has_non_finite(map), "heat_over: the map holds NaN or infinity");
  constexpr double share = 0.75;  // of heat; the rest is the image
  const auto [h, w] = map.dims<2>();
  const auto [low, high] = std::minmax_element(map.data(), map.data() + map.size());
  const double range = static_cast<double>(*high) - *low;
  tensor::Image heated = image;
  for (int64_t y = 0; y < image.height; ++y) {
    for (int64_t x = 0; x < image.width; ++x) {
      const float value = map.data()[y * h / image.height * w + x * w / image.width];
      const std::array<double, 3> colour = glow(range > 0.0 ? (value - *low) / range : 0.0);
      uint8_t* rgb = &heated.pixels[(y * image.width + x) * 3];
      const double grey = brightness(rgb);
      for (int c = 0; c < 3; ++c) {
        rgb[c] = static_cast<uint8_t>(std::lround(255 * (share * colour[c] + (1 - share) * grey)));
      }
    }
  }
  return heated;
}

}  // namespace sdxl
