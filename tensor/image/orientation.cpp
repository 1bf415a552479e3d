#include "tensor/image/orientation.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "tensor/image/png_chunks.h"

namespace tensor {

namespace {

/// Integers in a buffer that may end too early: bytes beyond its end read as 0.
struct Bytes {
  std::string_view data;
  bool is_little_endian = false;

  uint32_t at(size_t position, int count) const {
    uint32_t value = 0;
    for (int i = 0; i < count; ++i) {
      const size_t place = position + (is_little_endian ? count - 1 - i : i);
      const uint32_t byte = place < data.size() ? static_cast<unsigned char>(data[place]) : 0;
      value = value << 8 | byte;
    }
    return value;
  }
};

/// The Orientation field of a TIFF block: "II" or "MM", 42, the offset of the first directory. A
/// directory is a count, then entries of twelve bytes: field number, type, count and value.
std::optional<int> tiff_orientation(std::string_view tiff) {
  constexpr std::string_view exif("Exif\0\0", 6);
  while (tiff.starts_with(exif)) tiff.remove_prefix(exif.size());
  const Bytes bytes{tiff, tiff.starts_with("II")};
  if (bytes.at(2, 2) != 42) return {};
  const size_t directory = bytes.at(4, 4);
  const uint32_t count = bytes.at(directory, 2);
  for (uint32_t i = 0; i < count; ++i) {
    const size_t entry = directory + 2 + size_t{12} * i;
    if (bytes.at(entry, 2) == 0x0112) return static_cast<int>(bytes.at(entry + 8, 2));
  }
  return {};
}

/// tiff:Orientation="6" or <tiff:Orientation>6<.
std::optional<int> xmp_orientation(std::string_view xmp) {
  for (const std::string_view name : {"tiff:Orientation=\"", "tiff:Orientation>"}) {
    const size_t end = xmp.find(name);
    if (end != xmp.npos && end + name.size() < xmp.size()) return xmp[end + name.size()] - '0';
  }
  return {};
}

/// Where a file holds its Exif and its XMP data; empty if it has none.
struct CameraData {
  std::string_view exif;
  std::string_view xmp;
};

/// Segments of type APP1 of a JPEG. Each segment is 0xff, a type, its length.
CameraData camera_data_of_jpeg(std::string_view file) {
  constexpr std::string_view exif("Exif\0\0", 6), xmp("http://ns.adobe.com/xap/1.0/\0", 29);
  const Bytes bytes{file};
  CameraData data;
  size_t position = 2;
  while (position + 4 <= file.size() && bytes.at(position, 1) == 0xff) {
    const uint32_t type = bytes.at(position + 1, 1);
    if (type == 0xda) break;  // the image itself begins
    const size_t length = bytes.at(position + 2, 2);
    const std::string_view segment = file.substr(position + 4, std::max<size_t>(length, 2) - 2);
    if (type == 0xe1 && segment.starts_with(exif) && data.exif.empty()) data.exif = segment;
    if (type == 0xe1 && segment.starts_with(xmp)) data.xmp = segment.substr(xmp.size());
    position += 2 + length;
  }
  return data;
}

CameraData camera_data_of_png(std::string_view file) {
  CameraData data;
  for (const auto& [type, chunk] : png_chunks(file)) {
    if (type == "eXIf") data.exif = chunk;
    if (type == "iTXt" && chunk.starts_with("XML:com.adobe.xmp")) data.xmp = chunk;
  }
  return data;
}

/// Chunks of a WebP: "RIFF", a length, "WEBP"; then for each chunk its type, its length and its
/// bytes, padded to an even number.
CameraData camera_data_of_webp(std::string_view file) {
  const Bytes bytes{file, true};
  CameraData data;
  for (size_t position = 12; position + 8 <= file.size();) {
    const std::string_view type = file.substr(position, 4);
    const size_t length = bytes.at(position + 4, 4);
    if (type == "EXIF") data.exif = file.substr(position + 8, length);
    if (type == "XMP ") data.xmp = file.substr(position + 8, length);
    position += 8 + length + length % 2;
  }
  return data;
}

CameraData camera_data(std::string_view file) {
  if (file.starts_with("\xff\xd8")) return camera_data_of_jpeg(file);
  return is_webp(file) ? camera_data_of_webp(file) : camera_data_of_png(file);
}

}  // namespace

bool is_webp(std::string_view file) {
  return file.starts_with("RIFF") && file.size() >= 12 && file.substr(8, 4) == "WEBP";
}

int exif_orientation(std::string_view file) {
  const CameraData data = camera_data(file);
  std::optional<int> orientation = tiff_orientation(data.exif);
  if (!orientation) orientation = xmp_orientation(data.xmp);
  return orientation && *orientation >= 1 && *orientation <= 8 ? *orientation : 1;
}

Image upright(Image image, int orientation) {
  if (orientation == 1) return image;
  const bool swaps_axes = orientation >= 5;
  const bool flips_x = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool flips_y = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  Image result{image.height, image.width, std::vector<uint8_t>(image.pixels.size())};
  if (swaps_axes) std::swap(result.height, result.width);
  for (int64_t y = 0; y < result.height; ++y) {
    for (int64_t x = 0; x < result.width; ++x) {
      int64_t from_y = swaps_axes ? x : y;
      int64_t from_x = swaps_axes ? y : x;
      if (flips_y) from_y = image.height - 1 - from_y;
      if (flips_x) from_x = image.width - 1 - from_x;
      std::copy_n(&image.pixels[(from_y * image.width + from_x) * 3], 3,
                  &result.pixels[(y * result.width + x) * 3]);
    }
  }
  return result;
}

}  // namespace tensor
