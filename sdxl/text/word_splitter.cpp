#include "sdxl/text/word_splitter.h"

#include "sdxl/text/unicode.h"

namespace sdxl {

namespace {

using unicode::is_letter;
using unicode::is_number;
using unicode::is_white_space;

bool is_other_sign(char32_t c) { return !is_letter(c) && !is_number(c) && !is_white_space(c); }

/// How many characters at the start of `text` are of one kind.
size_t run_length(std::u32string_view text, bool (*is_kind)(char32_t)) {
  size_t length = 0;
  while (length < text.size() && is_kind(text[length])) ++length;
  return length;
}

/// The length of the one of `words` that `text` starts with; 0 for none.
template <size_t Count>
size_t starts_with(std::u32string_view text, const std::u32string_view (&words)[Count]) {
  for (const std::u32string_view word : words) {
    if (text.starts_with(word)) return word.size();
  }
  return 0;
}

}  // namespace

std::vector<std::u32string_view> split_words(std::u32string_view text) {
  static constexpr std::u32string_view endings[] = {U"'s", U"'t",  U"'re", U"'ve",
                                                    U"'m", U"'ll", U"'d"};
  // In the reference these two end a run of signs. They come here only if they were typed in
  // capitals: the real ones have been cut out.
  static constexpr std::u32string_view markers[] = {U"<|startoftext|>", U"<|endoftext|>"};

  std::vector<std::u32string_view> words;
  const auto take = [&](size_t length) {
    words.push_back(text.substr(0, length));
    text.remove_prefix(length);
  };
  while (!text.empty()) {
    if (const size_t marker = starts_with(text, markers)) {
      take(2);
      take(marker - 4);
      take(2);
    } else if (const size_t ending = starts_with(text, endings)) {
      take(ending);
    } else if (is_letter(text[0])) {
      take(run_length(text, is_letter));
    } else if (is_number(text[0])) {
      take(1);
    } else if (is_white_space(text[0])) {
      text.remove_prefix(1);
    } else {
      take(run_length(text, is_other_sign));
    }
  }
  return words;
}

}  // namespace sdxl
