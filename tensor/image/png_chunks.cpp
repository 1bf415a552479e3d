#include "tensor/image/png_chunks.h"

#include <algorithm>
#include <array>

#include "tensor/error.h"

namespace tensor {

namespace {

constexpr std::string_view signature = "\x89PNG\r\n\x1a\n";
constexpr size_t frame = 12;  // a chunk's length, type and check sum, four bytes each

uint32_t big_endian(std::string_view bytes) {
  uint32_t value = 0;
  for (const char c : bytes.substr(0, 4)) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

std::string big_endian(uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xff);
  return bytes;
}

/// PNG's check sum: CRC-32 with the polynomial 0xedb88320.
uint32_t crc32(std::string_view bytes) {
  uint32_t crc = 0xffffffff;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb88320 : 0);
  }
  return ~crc;
}

std::string chunk(const std::string& type, const std::string& data) {
  return big_endian(static_cast<uint32_t>(data.size())) + type + data +
         big_endian(crc32(type + data));
}

/// Length of the UTF-8 character that a text begins with; 0 if it begins with none, or with a zero.
size_t utf8_length(std::string_view text) {
  const auto byte = [text](size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return byte(0) == 0 ? 0 : 1;
  const size_t length = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : 2;
  if (byte(0) < 0xc2 || byte(0) > 0xf4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const bool is_overlong =
      (byte(0) == 0xe0 && byte(1) < 0xa0) || (byte(0) == 0xf0 && byte(1) < 0x90);
  const bool is_surrogate = byte(0) == 0xed && byte(1) >= 0xa0;
  const bool is_beyond = byte(0) == 0xf4 && byte(1) >= 0x90;  // U+10FFFF is the last letter
  return is_overlong || is_surrogate || is_beyond ? 0 : length;
}

std::string valid_utf8(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const size_t length = utf8_length(text);
    result += length == 0 ? "\xef\xbf\xbd" : text.substr(0, length);
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return result;
}

std::string latin1_to_utf8(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      result += c;
    } else {
      result += {static_cast<char>(0xc0 | byte >> 6), static_cast<char>(0x80 | (byte & 0x3f))};
    }
  }
  return result;
}

/// Takes the part before the next zero byte off the front of `rest`.
std::string_view take_field(std::string_view& rest) {
  const size_t end = std::min(rest.find('\0'), rest.size());
  const std::string_view field = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return field;
}

}  // namespace

bool is_png(std::string_view file) { return file.starts_with(signature); }

std::vector<PngChunk> png_chunks(std::string_view file) {
  std::vector<PngChunk> chunks;
  if (!is_png(file)) return chunks;
  file.remove_prefix(signature.size());
  while (file.size() >= frame && (chunks.empty() || chunks.back().type != "IEND")) {
    const size_t length = big_endian(file);
    if (length > file.size() - frame) break;
    const std::string_view checked = file.substr(4, 4 + length);
    if (crc32(checked) != big_endian(file.substr(8 + length))) break;
    chunks.push_back({checked.substr(0, 4), checked.substr(4)});
    file.remove_prefix(frame + length);
  }
  return chunks;
}

std::string with_texts(std::string_view png, const TextChunks& texts) {
  std::string added;
  for (const auto& [key, text] : texts) {
    const bool is_printable =
        std::all_of(key.begin(), key.end(), [](char c) { return c >= ' ' && c <= '~'; });
    require(!key.empty() && key.size() <= 79 && is_printable,
            "a PNG's text expects a key of 1 to 79 ASCII letters, got \"{}\"", printable(key));
    // key, zero, not compressed, method 0, no language, no translated key, text
    added += chunk("iTXt", key + std::string(5, '\0') + valid_utf8(text));
  }
  const size_t header_end = signature.size() + frame + 13;  // IHDR has 13 bytes
  return std::string(png.substr(0, header_end)) + added + std::string(png.substr(header_end));
}

TextChunks texts_of(std::string_view png) {
  TextChunks texts;
  for (const auto& [type, data] : png_chunks(png)) {
    std::string_view rest = data;
    if (type == "tEXt") {
      const std::string key = latin1_to_utf8(take_field(rest));
      texts.emplace_back(key, latin1_to_utf8(rest));
    } else if (type == "iTXt") {
      const std::string key = latin1_to_utf8(take_field(rest));
      if (rest.size() < 2 || rest[0] != 0) continue;  // a compressed text
      rest.remove_prefix(2);
      take_field(rest);  // language
      take_field(rest);  // translated key
      texts.emplace_back(key, valid_utf8(rest));
    }
  }
  return texts;
}

}  // namespace tensor
