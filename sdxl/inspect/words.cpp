#include "sdxl/inspect/words.h"

#include <algorithm>

namespace sdxl {

namespace {

/// The position of the first end token.
size_t end_of_words(const ClipTokenizer::Encoding& encoding) {
  const auto first = encoding.pieces.begin();
  return static_cast<size_t>(std::find(first, encoding.pieces.end(), "<|endoftext|>") - first);
}

}  // namespace

std::vector<Word> words_of(const ClipTokenizer::Encoding& encoding) {
  constexpr std::string_view end_of_word = "</w>";
  std::vector<Word> words;
  bool goes_on = false;
  for (size_t i = 1; i < end_of_words(encoding); ++i) {
    std::string piece = encoding.pieces[i];
    if (!goes_on) words.push_back({});
    goes_on = !piece.ends_with(end_of_word);
    if (!goes_on) piece.resize(piece.size() - end_of_word.size());
    words.back().text += piece;
    words.back().tokens.push_back(static_cast<int64_t>(i));
  }
  return words;
}

std::vector<Word> tokens_around_words(const ClipTokenizer::Encoding& encoding) {
  Word end{"(end)", {}};
  for (size_t i = end_of_words(encoding); i < encoding.pieces.size(); ++i) {
    end.tokens.push_back(static_cast<int64_t>(i));
  }
  return {{"(start)", {0}}, end};
}

}  // namespace sdxl
