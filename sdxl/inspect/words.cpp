#include "sdxl/inspect/words.h"

#include <algorithm>
#include <utility>

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
    const int64_t rows_left = encoding.rows_left[i];
    const bool is_later_row = goes_on && rows_left >= 0;  // "<fox>_1"
    if (!goes_on) words.push_back({});
    goes_on = rows_left < 0 ? !piece.ends_with(end_of_word) : rows_left > 0;
    if (piece.ends_with(end_of_word)) piece.resize(piece.size() - end_of_word.size());
    if (!is_later_row) words.back().text += piece;
    words.back().tokens.push_back(static_cast<int64_t>(i));
  }
  return words;
}

std::vector<Word> words_of(const std::vector<PromptChunk>& chunks) {
  std::vector<Word> all;
  int64_t first = 0;  // the position of the chunk's first token
  for (const PromptChunk& chunk : chunks) {
    for (Word& word : words_of(chunk.encoding)) {
      for (int64_t& token : word.tokens) token += first;
      all.push_back(std::move(word));
    }
    first += static_cast<int64_t>(chunk.encoding.ids.size());
  }
  return all;
}

std::vector<Word> tokens_around_words(const ClipTokenizer::Encoding& encoding) {
  Word end{"(end)", {}};
  for (size_t i = end_of_words(encoding); i < encoding.pieces.size(); ++i) {
    end.tokens.push_back(static_cast<int64_t>(i));
  }
  return {{"(start)", {0}}, end};
}

std::vector<Word> tokens_around_words(const std::vector<PromptChunk>& chunks, int64_t length) {
  Word start{"(start)", {}}, end{"(end)", {}};
  const size_t n = chunks.front().encoding.ids.size();
  for (size_t first = 0; first < static_cast<size_t>(length); first += n) {
    const size_t i = first / n;
    const size_t text_end = i < chunks.size() ? end_of_words(chunks[i].encoding) : 1;
    start.tokens.push_back(static_cast<int64_t>(first));
    for (size_t k = text_end; k < n; ++k) end.tokens.push_back(static_cast<int64_t>(first + k));
  }
  return {start, end};
}

}  // namespace sdxl
