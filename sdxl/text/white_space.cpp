#include "sdxl/text/unicode.h"

namespace sdxl::unicode {

std::u32string collapse_white_space(std::u32string_view text) {
  std::u32string result;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!is_white_space(text[i])) {
      result.push_back(text[i]);
    } else if (i == 0 || !is_white_space(text[i - 1])) {
      result.push_back(U' ');
    }
  }
  return result;
}

}  // namespace sdxl::unicode
