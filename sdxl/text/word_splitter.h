#pragma once

#include <string_view>
#include <vector>

namespace sdxl {

/// Splits a normalised text into the words that byte pair encoding takes one at a time. White
/// space is dropped. The first of these rules that fits makes the next word:
///
///   's 't 're 've 'm 'll 'd     endings of English
///   letters                     as many as there are
///   a number                    one digit each: "2023" is four words
///   other signs                 as many as there are, accents and emoji among them
///
/// The results point into the text.
/// transformers: models/clip/tokenization_clip.py, CLIPTokenizer (its pre_tokenizer)
std::vector<std::u32string_view> split_words(std::u32string_view text);

}  // namespace sdxl
