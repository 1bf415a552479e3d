#include "sdxl/inspect/words.h"

namespace sdxl {

std::vector<Word> words_of(const ClipTokenizer::Encoding& encoding) {
  constexpr std::string_view end_of_word = "</w>";
  constexpr std::string_view end_of_text = "<|endoftext|>";
  std::vector<Word> words;
  bool goes_on = false;
  for (size_t i = 1; i < encoding.pieces.size() && encoding.pieces[i] != end_of_text; ++i) {
    std::string piece = encoding.pieces[i];
    if (!goes_on) words.push_back({});
    goes_on = !piece.ends_with(end_of_word);
    if (!goes_on) piece.resize(piece.size() - end_of_word.size());
    words.back().text += piece;
    words.back().tokens.push_back(static_cast<int64_t>(i));
  }
  return words;
}

}  // namespace sdxl
