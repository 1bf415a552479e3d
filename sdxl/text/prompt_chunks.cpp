#include "sdxl/text/prompt_chunks.h"

#include <algorithm>
#include <span>

namespace sdxl {

namespace {

struct Token {
  int64_t id;
  double weight;
  int run;
};
using Tokens = std::span<const Token>;

/// Cuts a list of tokens into chunks.
class Cutter {
 public:
  Cutter(const ClipTokenizer& tokenizer, PromptSyntax syntax)
      : tokenizer_(tokenizer),
        is_a1111_(syntax == PromptSyntax::a1111),
        longest_(static_cast<size_t>(tokenizer.max_length()) - 2) {}

  /// The chunks of these tokens, behind those so far; of no tokens one chunk.
  void add(Tokens tokens, std::vector<PromptChunk>& chunks) const {
    do {
      const size_t n = cut(tokens);
      chunks.push_back(chunk(tokens.first(n)));
      tokens = tokens.subspan(n);
    } while (!tokens.empty());
  }

 private:
  /// How many of these tokens are of the first chunk.
  size_t cut(Tokens tokens) const {
    if (tokens.size() <= longest_) return tokens.size();
    size_t whole = longest_;  // without a part of an embedding at its end
    while (whole > 0 && tokenizer_.rows_left(tokens[whole - 1].id) > 0) --whole;
    if (whole == 0) return longest_;  // one embedding of more than 75 rows
    if (whole < longest_) return whole;
    return is_a1111_ ? behind_comma(tokens) : behind_stop(tokens);
  }

  size_t behind_comma(Tokens tokens) const {
    constexpr size_t reach = 20;
    if (ends_in(tokens[longest_], {",</w>"})) return longest_;
    for (size_t n = longest_; n + reach > longest_ && n > 0; --n) {
      if (ends_in(tokens[n - 1], {",</w>"})) return n;
    }
    return longest_;
  }

  size_t behind_stop(Tokens tokens) const {
    const std::vector<std::vector<std::string_view>> stops = {{".</w>"},
                                                              {".</w>", ",</w>", ";</w>", ":</w>"}};
    for (const std::vector<std::string_view>& kinds : stops) {
      for (size_t n = longest_; n > 0; --n) {
        if (ends_in(tokens[n - 1], kinds)) return n;
      }
    }
    for (size_t n = longest_; n > 0; --n) {
      if (tokenizer_.piece(tokens[n - 1].id).ends_with("</w>")) return n;
    }
    return longest_;
  }

  bool ends_in(const Token& token, const std::vector<std::string_view>& pieces) const {
    return std::ranges::find(pieces, tokenizer_.piece(token.id)) != pieces.end();
  }

  PromptChunk chunk(Tokens tokens) const {
    std::vector<int64_t> ids;
    for (const Token& token : tokens) ids.push_back(token.id);
    PromptChunk result{.encoding = tokenizer_.framed(ids), .weights = {1.0}, .runs = {-1}};
    for (const Token& token : tokens) {
      result.weights.push_back(token.weight);
      result.runs.push_back(token.run);
    }
    result.weights.resize(result.encoding.ids.size(), 1.0);
    result.runs.resize(result.encoding.ids.size(), -1);
    return result;
  }

  const ClipTokenizer& tokenizer_;
  bool is_a1111_;
  size_t longest_;
};

PromptChunk plain_chunk(const ClipTokenizer& tokenizer, const std::string& prompt) {
  PromptChunk chunk{.encoding = tokenizer.encode(prompt), .weights = {}, .runs = {}};
  const size_t length = chunk.encoding.ids.size();
  chunk.weights.assign(length, 1.0);
  chunk.runs.assign(length, -1);
  return chunk;
}

}  // namespace

std::vector<PromptChunk> prompt_chunks(const ClipTokenizer& tokenizer, PromptSyntax syntax,
                                       const std::string& prompt) {
  if (syntax == PromptSyntax::plain) return {plain_chunk(tokenizer, prompt)};
  const Cutter cutter(tokenizer, syntax);
  const std::vector<WeightedText> texts = parse_prompt(syntax, prompt);
  std::vector<PromptChunk> chunks;
  std::vector<Token> tokens;
  for (size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].starts_chunk) {
      cutter.add(tokens, chunks);
      tokens.clear();
    }
    for (const int64_t id : tokenizer.tokens(texts[i].text)) {
      tokens.push_back({id, texts[i].weight, static_cast<int>(i)});
    }
  }
  cutter.add(tokens, chunks);
  return chunks;
}

}  // namespace sdxl
