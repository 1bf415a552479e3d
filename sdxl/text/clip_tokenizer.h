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

  /// `ids`, `pieces` with the text of each token, and `rows_left` are max_length() long.
  struct Encoding {
    std::vector<int64_t> ids;
    std::vector<std::string> pieces;
    std::vector<std::string> cut_off;  // the pieces beyond max_length()
    std::vector<int64_t> rows_left;    // see rows_left(id)
  };
  /// Errors: std::invalid_argument when the prompt is not UTF-8.
  Encoding encode(std::string_view prompt) const { return framed(tokens(prompt)); }

  /// Steps 1 to 4 alone: all ids of a text.
  std::vector<int64_t> tokens(std::string_view text) const;
  /// Step 5 alone. Ids beyond the first max_length() - 2 are cut off.
  Encoding framed(const std::vector<int64_t>& ids) const;
  /// The text of a token: "fox</w>" at the end of a word.
  const std::string& piece(int64_t id) const { return tokens_.at(id); }

  int64_t max_length() const { return vocabulary_.max_length; }

  /// Adds a token that stands for the ids first ... first + rows - 1, one for each row of a textual
  /// inversion. It is searched in the lowercased text, anywhere. Row k alone is "TOKEN_k", k > 0.
  /// Errors: std::invalid_argument for a token that is empty or in the vocabulary.
  /// diffusers: loaders/textual_inversion.py, load_textual_inversion and maybe_convert_prompt
  void add_embedding(const std::string& token, int64_t first, int64_t rows);
  /// How many rows of the same embedding follow an id; -1 for an id of the vocabulary.
  int64_t rows_left(int64_t id) const;

 private:
  /// A token that is searched in a text.
  struct Pattern {
    std::u32string text;
    int64_t id;
    int64_t rows = 1;  // of an embedding: as many ids
  };
  /// A part of a text: an added token, or the text between two of them.
  struct Part {
    std::u32string_view text;
    const Pattern* token;  // null: ordinary text
  };

  static std::vector<Part> cut_out(std::u32string_view text, const std::vector<Pattern>& patterns);
  void append_words(std::u32string_view text, std::vector<int64_t>& ids) const;

  ClipVocabulary vocabulary_;
  BytePairEncoding byte_pairs_;
  std::vector<Pattern> patterns_;             // searched in the text as typed
  std::vector<Pattern> normalized_patterns_;  // searched in the normalised text
  std::unordered_map<int64_t, std::string> tokens_;
  std::unordered_map<int64_t, int64_t> rows_left_;  // of the embeddings' ids
};

}  // namespace sdxl
