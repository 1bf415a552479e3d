#include "tests/fuzz/support/png.h"

#include <cstdint>

namespace fuzz {

namespace {

constexpr size_t signature = 8;
constexpr size_t frame = 12;  // length, type, check sum

uint32_t crc32(std::string_view bytes) {
  uint32_t crc = 0xffffffff;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb88320 : 0);
  }
  return ~crc;
}

}  // namespace

std::string with_check_sums(std::string_view png) {
  std::string result(png);
  if (!png.starts_with("\x89PNG")) return result;
  for (size_t start = signature; start + frame <= result.size();) {
    size_t length = 0;
    for (size_t i = 0; i < 4; ++i) {
      length = length << 8 | static_cast<unsigned char>(result[start + i]);
    }
    if (length > result.size() - start - frame) break;
    const uint32_t crc = crc32(std::string_view(result).substr(start + 4, 4 + length));
    for (size_t i = 0; i < 4; ++i) {
      result[start + 8 + length + i] = static_cast<char>(crc >> (24 - 8 * i));
    }
    start += frame + length;
  }
  return result;
}

}  // namespace fuzz
