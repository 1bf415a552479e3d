#include "sdxl/vision/clip_pixels.h"

#include <algorithm>
#include <array>

#include "tensor/error.h"
#include "tensor/image/resize.h"

namespace sdxl {

namespace {

// Of the pictures that CLIP was trained on: red, green, blue.
constexpr std::array<float, 3> mean = {0.48145466f, 0.4578275f, 0.40821073f};
constexpr std::array<float, 3> deviation = {0.26862954f, 0.26130258f, 0.27577711f};

constexpr int64_t most_pixels = 1 << 27;  // of the resized image

/// `side` for the shorter of two sides, in proportion for the longer.
int64_t resized(int64_t own, int64_t other, int64_t side) {
  return own <= other
             ? side
             : static_cast<int64_t>(static_cast<double>(side * own) / static_cast<double>(other));
}

tensor::Image middle_square(const tensor::Image& image, int64_t side) {
  return crop(image, (image.height - side) / 2, (image.width - side) / 2, side, side);
}

}  // namespace

Tensor clip_pixels(const tensor::Image& image, int64_t side) {
  const int64_t height = resized(image.height, image.width, side);
  const int64_t width = resized(image.width, image.height, side);
  tensor::require(height * width <= most_pixels,
                  "clip_pixels: an image of {} x {} pixels is too narrow", image.height,
                  image.width);
  const bool fits = height == image.height && width == image.width;
  const tensor::Image square =
      middle_square(fits ? image : resize_bicubic(image, height, width), side);

  Tensor result = Tensor::uninitialized({1, 3, side, side});
  float* out = result.mutable_data();
  for (int64_t i = 0; i < side * side; ++i) {
    for (int64_t c = 0; c < 3; ++c) {
      const auto unit = static_cast<float>(square.pixels[3 * i + c] * (1.0 / 255.0));
      out[c * side * side + i] = (unit - mean[c]) / deviation[c];
    }
  }
  return result;
}

}  // namespace sdxl
