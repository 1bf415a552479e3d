#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sdxl/text/clip_vocabulary.h"

namespace sdxl {

/// Turns a prompt into the token ids of a text encoder.
///
///   1. cut out     the added tokens, such as "<|endoftext|>"
///   2. normalise   NFC, one space for every run of white space, lowercase
///   3. split       words, single digits, runs of other signs, 's 't 're 've 'm 'll 'd
///   4. merge       byte pair encoding of each of them
///   5. frame       start of text, the first 75 ids, end of text, padding
///
/// transformers: models/clip/tokenization_clip.py, CLIPTokenizer (of version 5; in version 4,
/// CLIPTokenizerFast)
/// paper: arXiv 2103.00020, section 2.4
class ClipTokenizer {
 public:
  explicit ClipTokenizer(ClipVocabulary vocabulary);
  /// From a tokenizer's folder. Errors: see ClipVocabulary::read.
  static ClipTokenizer load(const std::filesystem::path& folder);
  /// With the vocabulary of OpenAI's CLIP: see ClipVocabulary::openai.
  static ClipTokenizer openai(const std::string& pad_token = "<|endoftext|>");

  /// `ids`, and `pieces` with the text of each token, are max_length() long.
  struct Encoding {
    std::vector<int64_t> ids;
    std::vector<std::string> pieces;
    std::vector<std::string> cut_off;  // the pieces beyond max_length()
  };
  /// Errors: std::invalid_argument when the prompt is not UTF-8.
  Encoding encode(std::string_view prompt) const;

  int64_t max_length() const { return vocabulary_.max_length; }

 private:
  /// A token that is searched in a text.
  struct Pattern {
    std::u32string text;
    int64_t id;
  };
  /// A part of a text: an added token, or the text between two of them.
  struct Part {
    std::u32string_view text;
    const Pattern* token;  // null: ordinary text
  };

  static std::vector<Part> cut_out(std::u32string_view text, const std::vector<Pattern>& patterns);
  void append_words(std::u32string_view text, std::vector<int64_t>& ids) const;
  std::vector<int64_t> encode_all(std::string_view prompt) const;

  ClipVocabulary vocabulary_;
  BytePairEncoding byte_pairs_;
  std::vector<Pattern> patterns_;             // searched in the text as typed
  std::vector<Pattern> normalized_patterns_;  // searched in the normalised text
  std::unordered_map<int64_t, std::string> tokens_;
};

}  // namespace sdxl
