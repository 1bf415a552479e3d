#include "tensor/image/image.h"

#include <algorithm>
#include <climits>
#include <cmath>
#include <memory>
#include <span>
#include <string_view>

#include "tensor/error.h"
#include "tensor/image/orientation.h"
#include "tensor/image/png_chunks.h"
#include "tensor/io/atomic_file.h"
#include "tensor/io/mapped_file.h"

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_NO_STDIO
#define STBI_ONLY_PNG
#define STBI_ONLY_JPEG
#define STBI_ONLY_BMP
#include <stb/stb_image.h>
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#include <stb/stb_image_write.h>

namespace tensor {

namespace {

constexpr int64_t channels = 3;
constexpr int64_t max_pixels = int64_t{1} << 27;  // 11 585 x 11 585

uint8_t to_byte(float value) {
  const float unit = std::clamp(value * 0.5f + 0.5f, 0.0f, 1.0f);
  return static_cast<uint8_t>(std::nearbyint(unit * 255.0f));  // half to even, as np.round
}

std::string_view contents(const io::MappedFile& file) {
  return {file.bytes().data(), file.bytes().size()};
}

uint32_t little_endian(std::string_view bytes) {
  uint32_t value = 0;
  for (size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return value;
}

/// True if every Huffman table of a JPEG fits the decoder's buffer. Versions of the decoder before
/// 2.28 write past its end when the 16 counts of a table, one for each length of a code, sum to
/// more than 256.
bool has_sane_tables(std::string_view jpeg) {
  const auto byte = [jpeg](size_t i) -> size_t {
    return i < jpeg.size() ? static_cast<uint8_t>(jpeg[i]) : 0;
  };
  size_t position = 2;
  while ((position = jpeg.find('\xff', position)) < jpeg.size()) {
    const size_t type = byte(++position);
    if (type == 0xd9) break;                                          // the end
    if (type == 0xff || type == 0 || type / 8 == 0xd0 / 8) continue;  // no segment begins here
    const size_t end = position + 1 + (byte(position + 1) << 8 | byte(position + 2));
    size_t table = position + 3;
    while (type == 0xc4 && table < end) {
      size_t codes = 0;
      for (size_t i = 1; i <= 16; ++i) codes += byte(table + i);
      if (codes > 256) return false;
      table += 17 + codes;
    }
    position = std::max(end, position + 3);
  }
  return true;
}

/// True if the file is complete and intact, as far as its format can tell. The decoder does not
/// check this.
bool is_whole(std::string_view file) {
  if (is_png(file)) {
    const std::vector<PngChunk> chunks = png_chunks(file);
    return !chunks.empty() && chunks.back().type == "IEND";
  }
  if (file.starts_with("BM")) return little_endian(file.substr(2, 4)) <= file.size();
  // The last scan of a JPEG is followed by an end mark; an embedded thumbnail has its own.
  const size_t scan = file.rfind("\xff\xda");
  const size_t end = file.rfind("\xff\xd9");
  return scan != file.npos && end != file.npos && end > scan && has_sane_tables(file);
}

/// A callback of the PNG writer.
void append(void* png, void* bytes, int count) {
  static_cast<std::string*>(png)->append(static_cast<const char*>(bytes), count);
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

Image read_image(const std::filesystem::path& path) {
  const io::MappedFile mapping(path);
  const std::string_view file = contents(mapping);
  const auto* bytes = reinterpret_cast<const stbi_uc*>(file.data());
  const auto size = static_cast<int>(file.size());
  int width = 0;
  int height = 0;
  int ignored = 0;
  if (file.size() > INT_MAX || stbi_info_from_memory(bytes, size, &width, &height, &ignored) == 0) {
    fail("{}: no image that can be read; expects PNG, JPEG or BMP of at most {} pixels",
         path.string(), max_pixels);
  }
  if (int64_t{width} * height > max_pixels) {
    fail("{}: says that it has {} x {} pixels; expects at most {} in all", path.string(), width,
         height, max_pixels);
  }
  if (!is_whole(file)) fail("{}: the image is damaged or cut short", path.string());
  const std::unique_ptr<stbi_uc, decltype(&stbi_image_free)> pixels(
      stbi_load_from_memory(bytes, size, &width, &height, &ignored, channels), stbi_image_free);
  if (!pixels) fail("{}: the image is damaged: {}", path.string(), stbi_failure_reason());
  const Image image{
      height, width, {pixels.get(), pixels.get() + int64_t{height} * width * channels}};
  return upright(image, exif_orientation(file));
}

void write_png(const std::filesystem::path& path, const Image& image, const TextChunks& texts) {
  const int64_t pixels = image.height * image.width;
  require(image.height > 0 && image.width > 0 && pixels <= max_pixels &&
              static_cast<int64_t>(image.pixels.size()) == pixels * channels,
          "write_png expects H x W x 3 bytes, got {} for {} x {} pixels", image.pixels.size(),
          image.height, image.width);
  std::string png;
  const int is_written =
      stbi_write_png_to_func(append, &png, static_cast<int>(image.width),
                             static_cast<int>(image.height), channels, image.pixels.data(), 0);
  if (is_written == 0) fail("{}: there is not enough memory to make the PNG", path.string());
  png = with_texts(png, texts);
  const std::span<const char> parts[] = {png};
  io::write_file(path, parts);
}

TextChunks read_png_texts(const std::filesystem::path& path) {
  const io::MappedFile mapping(path);
  if (!is_png(contents(mapping))) fail("{}: is no PNG", path.string());
  return texts_of(contents(mapping));
}

}  // namespace tensor
