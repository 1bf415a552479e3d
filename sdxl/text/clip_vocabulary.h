#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sdxl/text/byte_pair_encoding.h"

namespace sdxl {

/// A token that is searched in the text itself, before it is split into words.
struct AddedToken {
  std::string content;
  int64_t id = 0;
  bool normalized = false;  // searched in the lowercased text, else in the text as typed
};

/// The vocabulary and the settings of a CLIP tokenizer: the contents of its folder.
///
/// transformers: models/clip/tokenization_clip.py, CLIPTokenizer
struct ClipVocabulary {
  std::string source;  // for messages: the folder
  TokenIds ids;
  Merges merges;
  std::vector<AddedToken> added_tokens;  // the four special tokens among them
  std::string bos_token = "<|startoftext|>";
  std::string eos_token = "<|endoftext|>";
  std::string unk_token = "<|endoftext|>";
  std::string pad_token = "<|endoftext|>";
  int64_t max_length = 77;

  /// Reads tokenizer.json, or vocab.json and merges.txt; then the special tokens, from
  /// those of tokenizer_config.json, special_tokens_map.json and added_tokens.json that exist.
  /// Errors: std::runtime_error naming the file, what was expected and what came.
  static ClipVocabulary read(const std::filesystem::path& folder);

  /// The 49408 tokens of OpenAI's CLIP, which both encoders of SDXL use: 256 bytes, 256 bytes at
  /// the end of a word, 48894 merges, start and end of text. SDXL's first tokenizer pads with
  /// "<|endoftext|>", the second with "!".
  static ClipVocabulary openai(const std::string& pad_token = "<|endoftext|>");

  /// Adds a token. Errors: std::runtime_error when the vocabulary has it with another id.
  void add(const AddedToken& token);
  /// Whether a token is among the added tokens.
  bool is_added(const std::string& content) const;
  /// Adds those of the four special tokens that are not added tokens yet.
  /// Errors: std::runtime_error when the vocabulary lacks one.
  void add_special_tokens();
};

}  // namespace sdxl
