#include <array>

#include "tensor/error.h"
#include "tensor/image/image.h"
#include "tensor/image/jpeg.h"
#include "tensor/image/limits.h"
#include "tensor/image/orientation.h"
#include "tensor/image/png_chunks.h"
#include "tensor/image/stb.h"
#include "tensor/image/webp.h"
#include "tensor/io/mapped_file.h"

namespace tensor {

namespace {

/// A format that is recognised and not read: `magic` lies at `position` of a file.
struct OtherFormat {
  const char* name;
  size_t position;
  std::string_view magic;
};

using namespace std::string_view_literals;

constexpr std::array other_formats = {
    OtherFormat{"GIF", 0, "GIF8"},
    OtherFormat{"TIFF", 0, "II*\0"sv},
    OtherFormat{"TIFF", 0, "MM\0*"sv},
    OtherFormat{"AVIF", 4, "ftypavif"},
    OtherFormat{"AVIF", 4, "ftypavis"},
    OtherFormat{"HEIC", 4, "ftyphei"},
    OtherFormat{"HEIC", 4, "ftyphev"},
    OtherFormat{"HEIC", 4, "ftypmif1"},
    OtherFormat{"HEIC", 4, "ftypmsf1"},
    OtherFormat{"JPEG XL", 0, "\xff\x0a"},
    OtherFormat{"JPEG XL", 4, "JXL \r\n"},
    OtherFormat{"JPEG 2000", 4, "jP  \r\n"},
    OtherFormat{"Photoshop", 0, "8BPS"},
    OtherFormat{"OpenEXR", 0, "v/1\x01"},
    OtherFormat{"Radiance", 0, "#?RADIANCE"},
    OtherFormat{"SVG", 0, "<svg"},
};

void refuse_other_formats(const std::string& path, std::string_view file) {
  for (const auto& [name, position, magic] : other_formats) {
    if (file.size() < position || !file.substr(position).starts_with(magic)) continue;
    fail("{}: {} is not read here; convert the image to PNG, JPEG, WebP or BMP", path, name);
  }
}

/// The reader is chosen by a file's first bytes: names are often wrong.
Image decode(const std::string& path, std::string_view file) {
  if (is_png(file) || file.starts_with("BM")) return decode_with_stb(path, file);
  if (file.starts_with("\xff\xd8\xff")) return decode_jpeg(path, file);
  if (is_webp(file)) return decode_webp(path, file);
  refuse_other_formats(path, file);
  fail_unknown_format(path);
}

}  // namespace

void expect_few_pixels(const std::string& path, int64_t height, int64_t width, size_t bytes) {
  const int64_t pixels = height * width;
  if (pixels < 1) fail("{}: says that it has {} x {} pixels", path, width, height);
  if (pixels > max_pixels) {
    fail("{}: says that it has {} x {} pixels; expects at most {} in all", path, width, height,
         max_pixels);
  }
  const int64_t least = pixels / pixels_of_a_byte;
  if (pixels > pixels_of_any_file && static_cast<int64_t>(bytes) < least) {
    fail("{}: says that it has {} x {} pixels in {} bytes; expects at least {} bytes", path, width,
         height, bytes, least);
  }
}

void fail_unknown_format(const std::string& path) {
  fail("{}: no image that can be read; expects PNG, JPEG, WebP or BMP of at most {} pixels", path,
       max_pixels);
}

Image read_image(const std::filesystem::path& path) {
  return io::MappedFile(path).read([&path](std::span<const char> bytes) {
    const std::string_view file(bytes.data(), bytes.size());
    return upright(decode(path.string(), file), exif_orientation(file));
  });
}

}  // namespace tensor
