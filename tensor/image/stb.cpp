#include "tensor/image/stb.h"

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#include "tensor/error.h"
#include "tensor/image/limits.h"
#include "tensor/image/png_chunks.h"

namespace {

/// realloc that throws std::bad_alloc: stb's writer would end the program by an assertion. What it
/// holds at that moment is not freed.
void* grow(void* block, size_t size) {
  void* grown = std::realloc(block, size);
  if (!grown) throw std::bad_alloc();
  return grown;
}

}  // namespace

#define STBIW_MALLOC(size) grow(nullptr, size)
#define STBIW_REALLOC(block, size) grow(block, size)
#define STBIW_FREE(block) std::free(block)

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

constexpr int channels = 3;

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

Image decode_with_stb(const std::string& path, std::string_view file) {
  const auto* bytes = reinterpret_cast<const stbi_uc*>(file.data());
  const auto size = static_cast<int>(file.size());
  int width = 0;
  int height = 0;
  int ignored = 0;
  if (file.size() > INT_MAX || stbi_info_from_memory(bytes, size, &width, &height, &ignored) == 0) {
    fail_unknown_format(path);
  }
  expect_few_pixels(path, std::abs(int64_t{height}), width, file.size());
  if (!is_whole(file)) fail("{}: the image is damaged or cut short", path);
  const std::unique_ptr<stbi_uc, decltype(&stbi_image_free)> pixels(
      stbi_load_from_memory(bytes, size, &width, &height, &ignored, channels), stbi_image_free);
  if (!pixels) fail("{}: the image is damaged: {}", path, printable(stbi_failure_reason()));
  return {height, width, {pixels.get(), pixels.get() + int64_t{height} * width * channels}};
}

std::string encode_png(const std::string& path, const Image& image) {
  std::string png;
  const int is_written =
      stbi_write_png_to_func(append, &png, static_cast<int>(image.width),
                             static_cast<int>(image.height), channels, image.pixels.data(), 0);
  if (is_written == 0) fail("{}: there is not enough memory to make the PNG", path);
  return png;
}

}  // namespace tensor
