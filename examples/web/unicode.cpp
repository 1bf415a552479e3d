#include "sdxl/text/unicode.h"

#include <emscripten.h>

#include "tensor/error.h"

// Takes the place of sdxl/text/unicode.cpp: the tables are the browser's own, in place of utf8proc's
// third of a megabyte.

// clang-format off
EM_JS(int, has_property, (const char* property, int character), {
  Module.patterns = Module.patterns || {};
  const name = UTF8ToString(property);
  const backslash = String.fromCharCode(92);  // one in the text of a macro does not arrive
  const pattern = (Module.patterns[name] = Module.patterns[name] || new RegExp('^' + backslash + 'p{' + name + '}$', 'u'));
  return pattern.test(String.fromCodePoint(character)) ? 1 : 0;
});
// The result: a count, then that many characters; the caller frees it.
EM_JS(int*, characters_of, (const int* characters, int count, int change), {
  const codes = HEAP32.subarray(characters >> 2, (characters >> 2) + count);
  const text = Array.from(codes, (c) => String.fromCodePoint(c)).join("");
  const changed = Array.from(change ? text.normalize('NFC') : text.toLowerCase());
  const result = _malloc(4 * (changed.length + 1));
  HEAP32[result >> 2] = changed.length;
  changed.forEach((c, i) => { HEAP32[(result >> 2) + 1 + i] = c.codePointAt(0); });
  return result;
});
// clang-format on

namespace sdxl::unicode {

namespace {

enum Change { lower_case = 0, nfc = 1 };

std::u32string changed(std::u32string_view text, Change change) {
  int* found = characters_of(reinterpret_cast<const int*>(text.data()),
                             static_cast<int>(text.size()), change);
  std::u32string result(found + 1, found + 1 + found[0]);
  std::free(found);
  return result;
}

bool has(const char* property, char32_t c) {
  return has_property(property, static_cast<int>(c)) != 0;
}

/// How many bytes a character has whose first byte this is; 0 for a byte that begins none.
size_t length_from(uint8_t first) {
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first < 0xe0) return 2;
  if (first >= 0xe0 && first < 0xf0) return 3;
  return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

/// The character of `bytes`, or -1 for what is not UTF-8: too long a spelling, half of a pair.
int64_t character(std::string_view bytes) {
  static constexpr int64_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const size_t length = bytes.size();
  int64_t c = static_cast<uint8_t>(bytes[0]) & (length == 1 ? 0x7f : 0xff >> (length + 1));
  for (const char byte : bytes.substr(1)) {
    if ((byte & 0xc0) != 0x80) return -1;
    c = c << 6 | (byte & 0x3f);
  }
  const bool is_half = c >= 0xd800 && c < 0xe000;
  return c < smallest[length] || is_half || c > 0x10ffff ? -1 : c;
}

}  // namespace

std::u32string from_utf8(std::string_view bytes) {
  std::u32string result;
  for (size_t i = 0; i < bytes.size();) {
    const size_t length = length_from(static_cast<uint8_t>(bytes[i]));
    const bool is_whole = length > 0 && i + length <= bytes.size();
    const int64_t c = is_whole ? character(bytes.substr(i, length)) : -1;
    tensor::require(c >= 0, "text: expected UTF-8, got byte {} at position {}",
                    static_cast<int>(static_cast<uint8_t>(bytes[i])), i);
    result.push_back(static_cast<char32_t>(c));
    i += length;
  }
  return result;
}

std::string to_utf8(std::u32string_view characters) {
  std::string result;
  for (const char32_t c : characters) {
    const int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static constexpr int first[] = {0, 0xc0, 0xe0, 0xf0};
    result.push_back(static_cast<char>(first[more] | c >> (6 * more)));
    for (int k = more - 1; k >= 0; --k) {
      result.push_back(static_cast<char>(0x80 | (c >> (6 * k) & 0x3f)));
    }
  }
  return result;
}

bool is_letter(char32_t c) { return has("L", c); }
bool is_number(char32_t c) { return has("N", c); }
bool is_white_space(char32_t c) { return has("White_Space", c); }

std::u32string compose(std::u32string_view text) { return changed(text, nfc); }

std::u32string lowercase(std::u32string_view text) {
  std::u32string result;
  for (const char32_t& c : text) result += changed({&c, 1}, lower_case);
  return result;
}

}  // namespace sdxl::unicode
