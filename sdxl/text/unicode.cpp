#include "sdxl/text/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <vector>

#include "tensor/error.h"

namespace sdxl::unicode {

namespace {

int combining_class(utf8proc_int32_t c) { return utf8proc_get_property(c)->combining_class; }

std::string hex(uint8_t byte) {
  static constexpr char digits[] = "0123456789abcdef";
  return {'0', 'x', digits[byte >> 4], digits[byte & 15]};
}

/// NFD without its last step, the order of the accents.
std::vector<utf8proc_int32_t> decompose(std::u32string_view text) {
  std::vector<utf8proc_int32_t> result;
  for (const char32_t c : text) {
    utf8proc_int32_t parts[8];  // the longest canonical decomposition has 4
    int last_boundclass = 0;
    const auto count = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c), parts, 8,
                                               UTF8PROC_DECOMPOSE, &last_boundclass);
    result.insert(result.end(), parts, parts + count);
  }
  return result;
}

/// Sorts each run of accents by combining class. utf8proc would do it in quadratic time.
void order_accents(std::vector<utf8proc_int32_t>& text) {
  auto start = text.begin();
  while (start != text.end()) {
    const auto stop = std::find_if(start, text.end(), [](auto c) { return !combining_class(c); });
    std::stable_sort(start, stop,
                     [](auto a, auto b) { return combining_class(a) < combining_class(b); });
    start = stop == text.end() ? stop : stop + 1;
  }
}

}  // namespace

std::u32string from_utf8(std::string_view bytes) {
  const auto* data = reinterpret_cast<const utf8proc_uint8_t*>(bytes.data());
  std::u32string result;
  for (size_t i = 0; i < bytes.size();) {
    utf8proc_int32_t c = 0;
    const auto left = static_cast<utf8proc_ssize_t>(bytes.size() - i);
    const auto length = utf8proc_iterate(data + i, left, &c);
    tensor::require(length > 0, "text: expected UTF-8, got byte {} at position {}", hex(data[i]),
                    i);
    result.push_back(static_cast<char32_t>(c));
    i += static_cast<size_t>(length);
  }
  return result;
}

std::string to_utf8(std::u32string_view characters) {
  std::string result;
  for (const char32_t c : characters) {
    utf8proc_uint8_t bytes[4];
    const auto length = utf8proc_encode_char(static_cast<utf8proc_int32_t>(c), bytes);
    result.append(bytes, bytes + length);
  }
  return result;
}

bool is_letter(char32_t c) {
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_LO;
}

bool is_number(char32_t c) {
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return category >= UTF8PROC_CATEGORY_ND && category <= UTF8PROC_CATEGORY_NO;
}

bool is_white_space(char32_t c) {
  const auto category = utf8proc_category(static_cast<utf8proc_int32_t>(c));
  return (c >= 9 && c <= 13) || c == 0x85 ||  // tab to carriage return, and next line
         (category >= UTF8PROC_CATEGORY_ZS && category <= UTF8PROC_CATEGORY_ZP);
}

std::u32string compose(std::u32string_view text) {
  std::vector<utf8proc_int32_t> characters = decompose(text);
  order_accents(characters);
  const auto length =
      utf8proc_normalize_utf32(characters.data(), static_cast<utf8proc_ssize_t>(characters.size()),
                               static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  return {characters.begin(), characters.begin() + length};
}

std::u32string lowercase(std::u32string_view text) {
  std::u32string result;
  for (const char32_t c : text) {
    result.push_back(static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c))));
    // The one character whose lowercase is two: a dotted capital I keeps its dot.
    if (c == U'\u0130') result.push_back(U'\u0307');
  }
  return result;
}

}  // namespace sdxl::unicode
