#pragma once

#include <string_view>
#include <vector>

namespace sdxl {

/// Splits a normalised text into the words that byte pair encoding takes one at a time. White
/// space is dropped. The first matching rule gives the next word:
///
///   's 't 're 've 'm 'll 'd     endings of English
///   letters                     a run of any length
///   a number                    one digit each: "2023" is four words
///   other characters            a run of any length, such as punctuation, accents, emoji
///
/// The results point into the text.
/// transformers: models/clip/tokenization_clip.py, CLIPTokenizer (its pre_tokenizer)
std::vector<std::u32string_view> split_words(std::u32string_view text);

}  // namespace sdxl
