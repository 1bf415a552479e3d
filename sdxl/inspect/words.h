#pragma once

#include <string>
#include <vector>

#include "sdxl/text/prompt_chunks.h"

namespace sdxl {

/// A word of a prompt and the positions of its tokens in the text encoders' input.
struct Word {
  std::string text;
  std::vector<int64_t> tokens;
};

/// The words of an encoded prompt, in order, without the start, end and padding tokens. A
/// punctuation mark is a word.
std::vector<Word> words_of(const ClipTokenizer::Encoding& encoding);

/// The tokens that belong to no word, as two further words: "(start)", and "(end)" with the end
/// token and the padding after it. Together with words_of they have every token once.
std::vector<Word> tokens_around_words(const ClipTokenizer::Encoding& encoding);

/// Both of a prompt of several chunks, whose tokens the UNet sees side by side. Of the `length`
/// tokens in its context those behind the prompt's own are empty chunks.
std::vector<Word> words_of(const std::vector<PromptChunk>& chunks);
std::vector<Word> tokens_around_words(const std::vector<PromptChunk>& chunks, int64_t length);

}  // namespace sdxl
