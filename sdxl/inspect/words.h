#pragma once

#include <string>
#include <vector>

#include "sdxl/text/clip_tokenizer.h"

namespace sdxl {

/// A word of a prompt and the places of its tokens among those that the text encoders read.
struct Word {
  std::string text;
  std::vector<int64_t> tokens;
};

/// The words of an encoded prompt, in order: a sign such as a comma is one, too. The start, the end
/// and the padding are none.
std::vector<Word> words_of(const ClipTokenizer::Encoding& encoding);

}  // namespace sdxl
