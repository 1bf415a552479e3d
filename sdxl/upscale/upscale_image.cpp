#include "sdxl/upscale/upscale_image.h"

#include <algorithm>
#include <cmath>

#include "tensor/error.h"
#include "tensor/image/limits.h"
#include "tensor/image/resize.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

using tensor::Image;

/// The image from 0 to 1 with sides in multiples of `unit`: (1, 3, H, W).
Tensor padded(const Image& image, int64_t unit) {
  const auto up = [unit](int64_t side) { return (side + unit - 1) / unit * unit; };
  const int64_t height = up(image.height), width = up(image.width);
  const auto mirrored = [](int64_t i, int64_t n) {
    return std::clamp<int64_t>(i < n ? i : 2 * n - 2 - i, 0, n - 1);
  };
  Tensor result = Tensor::uninitialized({1, 3, height, width});
  float* out = result.mutable_data();
  for (int64_t c = 0; c < 3; ++c) {
    for (int64_t y = 0; y < height; ++y) {
      for (int64_t x = 0; x < width; ++x) {
        const int64_t pixel = mirrored(y, image.height) * image.width + mirrored(x, image.width);
        *out++ = static_cast<float>(image.pixels[3 * pixel + c]) / 255.0f;
      }
    }
  }
  return result;
}

/// Puts a part of `tile` (1, 3, h, w), from 0 to 1, into an image: height x width pixels of it.
void put(const Tensor& tile, int64_t from_y, int64_t from_x, Image& image, int64_t y, int64_t x,
         int64_t height, int64_t width) {
  const int64_t plane = tile.dim(2) * tile.dim(3);
  for (int64_t row = 0; row < std::min(height, image.height - y); ++row) {
    for (int64_t column = 0; column < std::min(width, image.width - x); ++column) {
      const float* value = tile.data() + (from_y + row) * tile.dim(3) + from_x + column;
      for (int64_t c = 0; c < 3; ++c) {
        const float unit = std::clamp(value[c * plane], 0.0f, 1.0f);
        image.pixels[3 * ((y + row) * image.width + x + column) + c] =
            static_cast<uint8_t>(std::nearbyint(255.0f * unit));
      }
    }
  }
}

}  // namespace

Image upscale(const RRDBNet& net, const Image& image, const UpscaleTiles& tiles) {
  const int64_t scale = net.scale(), side = tiles.side;
  if (image.height * image.width > tensor::max_pixels / (scale * scale)) {
    tensor::fail("upscale: {} x {} pixels times {} are more than {} pixels", image.height,
                 image.width, scale, tensor::max_pixels);
  }
  const Tensor x = padded(image, net.config().shuffle);
  Image result{scale * image.height, scale * image.width, {}};
  result.pixels.resize(static_cast<size_t>(3 * result.height * result.width));
  for (int64_t top = 0; top < x.dim(2); top += side) {
    for (int64_t left = 0; left < x.dim(3); left += side) {
      const int64_t first_row = std::max<int64_t>(top - tiles.margin, 0);
      const int64_t first_column = std::max<int64_t>(left - tiles.margin, 0);
      const int64_t last_row = std::min(top + side + tiles.margin, x.dim(2));
      const int64_t last_column = std::min(left + side + tiles.margin, x.dim(3));
      const Tensor seen = slice(slice(x, 2, first_row, last_row), 3, first_column, last_column);
      const Tensor tile = net.forward(seen);
      if (has_non_finite(tile)) {
        tensor::fail("{}: its output has NaN or infinity", net.path());
      }
      put(tile, scale * (top - first_row), scale * (left - first_column), result, scale * top,
          scale * left, scale * std::min(side, x.dim(2) - top),
          scale * std::min(side, x.dim(3) - left));
    }
  }
  return result;
}

Image upscale_to(const RRDBNet& net, const Image& image, const PixelSize& size) {
  Image larger = image;
  for (int times = 0; times < 3; ++times) {
    if (times > 0 && larger.height >= size.height && larger.width >= size.width) break;
    if (times > 0 && net.scale() == 1) break;
    larger = upscale(net, larger);
  }
  const bool fits = larger.height == size.height && larger.width == size.width;
  return fits ? larger : resize_lanczos(larger, size.height, size.width);
}

}  // namespace sdxl
