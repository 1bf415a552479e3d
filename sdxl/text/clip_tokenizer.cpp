#include "sdxl/text/clip_tokenizer.h"

#include <algorithm>

#include "sdxl/text/unicode.h"
#include "sdxl/text/word_splitter.h"

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

std::vector<int64_t> ClipTokenizer::encode_all(std::string_view prompt) const {
  std::vector<int64_t> ids;
  const std::u32string text = unicode::from_utf8(prompt);
  for (const Part& part : cut_out(text, patterns_)) {
    if (part.token) {
      ids.push_back(part.token->id);
      continue;
    }
    const std::u32string normalised = normalise(part.text);
    for (const Part& inner : cut_out(normalised, normalized_patterns_)) {
      if (inner.token) {
        ids.push_back(inner.token->id);
      } else {
        append_words(inner.text, ids);
      }
    }
  }
  return ids;
}

ClipTokenizer::Encoding ClipTokenizer::encode(std::string_view prompt) const {
  const auto length = static_cast<size_t>(vocabulary_.max_length);
  const std::vector<int64_t> content = encode_all(prompt);
  const size_t kept = std::min(content.size(), length - 2);

  Encoding result;
  result.ids.push_back(vocabulary_.ids.at(vocabulary_.bos_token));
  result.ids.insert(result.ids.end(), content.begin(), content.begin() + kept);
  result.ids.push_back(vocabulary_.ids.at(vocabulary_.eos_token));
  result.ids.resize(length, vocabulary_.ids.at(vocabulary_.pad_token));

  for (const int64_t id : result.ids) result.pieces.push_back(tokens_.at(id));
  for (size_t i = kept; i < content.size(); ++i) result.cut_off.push_back(tokens_.at(content[i]));
  return result;
}

}  // namespace sdxl
