#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sdxl {

/// Token -> id. A token that can end a word ends in "</w>".
using TokenIds = std::unordered_map<std::string, int64_t>;
/// Pairs of tokens to join, ordered by rank: the most frequent pairs of the training texts first.
using Merges = std::vector<std::pair<std::string, std::string>>;

/// The symbols of the 256 bytes in vocabularies: a printable character of Latin-1 is its own
/// symbol, the other 68 bytes have the characters from U+0100 on.
const std::array<std::string, 256>& byte_symbols();
/// The 256 bytes in the order of their ids in OpenAI's vocabulary: the printable ones first.
const std::array<uint8_t, 256>& bytes_in_vocabulary_order();

/// Turns a word into tokens: starts with its bytes and joins neighbours until no pair is in the
/// list of merges. The first merge of the list is applied first; of equal ones, the leftmost.
///
///   "lower" -> l o w e r</w> -> l o w er</w> -> lo w er</w> -> low er</w>
///
/// Takes O(n log n) steps for a word of n bytes.
/// Errors: std::runtime_error for merges or an unknown token that the vocabulary doesn't have.
/// transformers: models/clip/tokenization_clip.py, CLIPTokenizer (its BPE model)
/// paper: arXiv 1508.07909, section 3.2
class BytePairEncoding {
 public:
  /// `unknown_token` stands for bytes the vocabulary has no symbol for; `source` names the files in
  /// messages.
  BytePairEncoding(const TokenIds& ids, const Merges& merges, const std::string& unknown_token,
                   const std::string& source);

  /// Appends the ids of a word's tokens to `ids`. The word is UTF-8, without spaces.
  void encode(std::string_view word, std::vector<int64_t>& ids) const;

 private:
  struct Merge {
    int64_t rank;
    int64_t id;  // of the joined token
  };
  struct Symbol {
    int64_t id;  // -1: joined to the symbol before it
    int64_t previous;
    int64_t next;  // -1: none
  };
  struct Candidate;

  const Merge* find_merge(const std::vector<Symbol>& symbols, int64_t left) const;
  void merge(std::vector<Symbol>& symbols) const;

  std::array<int64_t, 256> inner_ids_;  // of each byte inside of a word
  std::array<int64_t, 256> final_ids_;  // of each byte at its end
  std::unordered_map<uint64_t, Merge> merges_;
};

}  // namespace sdxl
