#include "sdxl/text/clip_tokenizer.h"

#include <algorithm>

#include "sdxl/text/unicode.h"
#include "sdxl/text/word_splitter.h"
#include "tensor/error.h"

namespace sdxl {

namespace {

std::u32string normalise(std::u32string_view text) {
  return unicode::lowercase(unicode::collapse_white_space(unicode::compose(text)));
}

}  // namespace

ClipTokenizer::ClipTokenizer(ClipVocabulary vocabulary)
    : vocabulary_(std::move(vocabulary)),
      byte_pairs_(vocabulary_.ids, vocabulary_.merges, vocabulary_.unk_token, vocabulary_.source) {
  for (const AddedToken& token : vocabulary_.added_tokens) {
    const std::u32string text = unicode::from_utf8(token.content);
    if (token.normalized) {
      normalized_patterns_.push_back({normalise(text), token.id});
    } else {
      patterns_.push_back({text, token.id});
    }
  }
  for (const auto& [token, id] : vocabulary_.ids) tokens_.emplace(id, token);
}

ClipTokenizer ClipTokenizer::load(const std::filesystem::path& folder) {
  return ClipTokenizer(ClipVocabulary::read(folder));
}

ClipTokenizer ClipTokenizer::openai(const std::string& pad_token) {
  return ClipTokenizer(ClipVocabulary::openai(pad_token));
}

/// At each position the longest pattern is taken.
std::vector<ClipTokenizer::Part> ClipTokenizer::cut_out(std::u32string_view text,
                                                        const std::vector<Pattern>& patterns) {
  std::vector<Part> parts;
  size_t start = 0;  // of the text since the last token
  for (size_t i = 0; i < text.size();) {
    const Pattern* longest = nullptr;
    for (const Pattern& pattern : patterns) {
      if (!text.substr(i).starts_with(pattern.text)) continue;
      if (!longest || pattern.text.size() > longest->text.size()) longest = &pattern;
    }
    if (!longest) {
      ++i;
      continue;
    }
    parts.push_back({text.substr(start, i - start), nullptr});
    parts.push_back({longest->text, longest});
    i += longest->text.size();
    start = i;
  }
  parts.push_back({text.substr(start), nullptr});
  return parts;
}

void ClipTokenizer::append_words(std::u32string_view text, std::vector<int64_t>& ids) const {
  for (const std::u32string_view word : split_words(text)) {
    byte_pairs_.encode(unicode::to_utf8(word), ids);
  }
}

std::vector<int64_t> ClipTokenizer::tokens(std::string_view prompt) const {
  std::vector<int64_t> ids;
  const auto append = [&ids](const Pattern& token) {
    for (int64_t row = 0; row < token.rows; ++row) ids.push_back(token.id + row);
  };
  const std::u32string text = unicode::from_utf8(prompt);
  for (const Part& part : cut_out(text, patterns_)) {
    if (part.token) {
      append(*part.token);
      continue;
    }
    const std::u32string normalised = normalise(part.text);
    for (const Part& inner : cut_out(normalised, normalized_patterns_)) {
      if (inner.token) {
        append(*inner.token);
      } else {
        append_words(inner.text, ids);
      }
    }
  }
  return ids;
}

ClipTokenizer::Encoding ClipTokenizer::framed(const std::vector<int64_t>& content) const {
  const auto length = static_cast<size_t>(vocabulary_.max_length);
  const size_t kept = std::min(content.size(), length - 2);

  Encoding result;
  result.ids.push_back(vocabulary_.ids.at(vocabulary_.bos_token));
  result.ids.insert(result.ids.end(), content.begin(), content.begin() + kept);
  result.ids.push_back(vocabulary_.ids.at(vocabulary_.eos_token));
  result.ids.resize(length, vocabulary_.ids.at(vocabulary_.pad_token));

  for (const int64_t id : result.ids) {
    result.pieces.push_back(tokens_.at(id));
    result.rows_left.push_back(rows_left(id));
  }
  for (size_t i = kept; i < content.size(); ++i) result.cut_off.push_back(tokens_.at(content[i]));
  return result;
}

void ClipTokenizer::add_embedding(const std::string& token, int64_t first, int64_t rows) {
  const std::u32string text = normalise(unicode::from_utf8(token));
  tensor::require(text.find_first_not_of(U' ') != std::u32string::npos,
                  "{}: an embedding's token is empty; expected a word for the prompt",
                  vocabulary_.source);
  for (int64_t row = 0; row < rows; ++row) {
    const std::string name = row == 0 ? token : token + "_" + std::to_string(row);
    tensor::require(!vocabulary_.ids.contains(name),
                    "{}: has a token {} already; expected another name for the embedding",
                    vocabulary_.source, tensor::printable(name, 60));
  }
  for (int64_t row = 0; row < rows; ++row) {
    const std::string name = row == 0 ? token : token + "_" + std::to_string(row);
    vocabulary_.ids.emplace(name, first + row);
    tokens_.emplace(first + row, name);
    rows_left_.emplace(first + row, rows - 1 - row);
    normalized_patterns_.push_back(
        {normalise(unicode::from_utf8(name)), first + row, row == 0 ? rows : 1});
  }
}

int64_t ClipTokenizer::rows_left(int64_t id) const {
  const auto found = rows_left_.find(id);
  return found == rows_left_.end() ? -1 : found->second;
}

}  // namespace sdxl
