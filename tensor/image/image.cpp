#include "tensor/image/image.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "tensor/error.h"
#include "tensor/image/limits.h"
#include "tensor/image/png_chunks.h"
#include "tensor/image/stb.h"
#include "tensor/io/atomic_file.h"
#include "tensor/io/mapped_file.h"

namespace tensor {

namespace {

constexpr int64_t channels = 3;

uint8_t to_byte(float value) {
  const float unit = std::clamp(value * 0.5f + 0.5f, 0.0f, 1.0f);
  return static_cast<uint8_t>(std::nearbyint(unit * 255.0f));  // half to even, as np.round
}

}  // namespace

Image to_image(const Tensor& x) {
  require(x.shape().rank() == 4 && x.dim(0) == 1 && x.dim(1) == channels,
          "to_image expects (1, 3, H, W), got {}", x.shape());
  Image image{x.dim(2), x.dim(3), std::vector<uint8_t>(x.size())};
  const int64_t plane = image.height * image.width;
  for (int64_t i = 0; i < plane; ++i) {
    for (int64_t c = 0; c < channels; ++c) {
      const float value = x.data()[c * plane + i];
      require(!std::isnan(value), "to_image expects numbers, got NaN in row {}, column {}",
              i / image.width, i % image.width);
      image.pixels[i * channels + c] = to_byte(value);
    }
  }
  return image;
}

Tensor from_image(const Image& image) {
  Tensor result = Tensor::uninitialized({1, channels, image.height, image.width});
  float* out = result.mutable_data();
  const int64_t plane = image.height * image.width;
  for (int64_t i = 0; i < plane; ++i) {
    for (int64_t c = 0; c < channels; ++c) {
      const float unit = static_cast<float>(image.pixels[i * channels + c]) / 255.0f;
      out[c * plane + i] = unit * 2.0f - 1.0f;
    }
  }
  return result;
}

Tensor mask_from_image(const Image& image) {
  Tensor result = Tensor::uninitialized({1, 1, image.height, image.width});
  float* out = result.mutable_data();
  for (int64_t i = 0; i < result.size(); ++i) {
    const uint8_t* rgb = image.pixels.data() + i * channels;
    // Pillow's brightness, in 65536ths, rounded.
    const uint32_t grey = (19595 * rgb[0] + 38470 * rgb[1] + 7471 * rgb[2] + 32768) >> 16;
    out[i] = grey >= 128 ? 1.0f : 0.0f;
  }
  return result;
}

void write_png(const std::filesystem::path& path, const Image& image, const TextChunks& texts) {
  const int64_t pixels = image.height * image.width;
  require(image.height > 0 && image.width > 0 && pixels <= max_pixels &&
              static_cast<int64_t>(image.pixels.size()) == pixels * channels,
          "write_png expects H x W x 3 bytes, got {} for {} x {} pixels", image.pixels.size(),
          image.height, image.width);
  const std::string png = with_texts(encode_png(path.string(), image), texts);
  const std::span<const char> parts[] = {png};
  io::write_file(path, parts);
}

TextChunks read_png_texts(const std::filesystem::path& path) {
  return io::MappedFile(path).read([&path](std::span<const char> bytes) {
    const std::string_view file(bytes.data(), bytes.size());
    if (!is_png(file)) fail("{}: is no PNG", path.string());
    return texts_of(file);
  });
}

}  // namespace tensor
