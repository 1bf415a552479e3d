#include <iomanip>
#include <iostream>
#include <memory>
#include <optional>

#include "examples/cli/commands.h"
#include "examples/cli/options.h"
#include "examples/cli/prompt_options.h"
#include "sdxl/text/prompt_chunks.h"
#include "tensor/error.h"

namespace cli {

namespace {

struct TokenizeOptions {
  ModelOptions model;
  PromptOptions prompts;
  std::string text;
};

/// A weight is printed where it is not 1.
void print_row(size_t position, int64_t id, const std::string& piece, double weight) {
  std::cout << std::setw(4) << position << std::setw(8) << id << "  " << piece;
  if (weight != 1.0) std::cout << "  x " << tensor::format("{}", weight);
  std::cout << "\n";
}

/// A line for each token, the padding at the end as one.
void print(const sdxl::PromptChunk& chunk) {
  const sdxl::ClipTokenizer::Encoding& encoding = chunk.encoding;
  const size_t n = encoding.ids.size();
  size_t end = n;
  while (end >= 2 && encoding.ids[end - 1] == encoding.ids[n - 1] &&
         encoding.ids[end - 2] == encoding.ids[n - 1]) {
    --end;
  }
  for (size_t i = 0; i < end; ++i) {
    print_row(i, encoding.ids[i], encoding.pieces[i], chunk.weights[i]);
  }
  if (end < n) std::cout << "      and " << n - end << " more of it\n";
  if (encoding.cut_off.empty()) return;
  std::cout << "cut off (" << encoding.cut_off.size() << "):";
  for (const std::string& piece : encoding.cut_off) std::cout << " " << piece;
  std::cout << "\n";
}

/// The chunks of a text, one below the other.
void print(const std::string& part, const sdxl::ClipTokenizer& tokenizer,
           const TokenizeOptions& o) {
  const auto chunks = sdxl::prompt_chunks(tokenizer, o.prompts.prompt_syntax(), o.text);
  for (size_t i = 0; i < chunks.size(); ++i) {
    std::cout << part;
    if (chunks.size() > 1) std::cout << ", chunk " << i + 1 << " of " << chunks.size();
    std::cout << "\n";
    print(chunks[i]);
  }
}

/// Appends the other words to the first one. Errors: CLI::ParseError for what looks like an option
/// and for text that is no UTF-8.
void add_words(std::string& text, const std::vector<std::string>& words) {
  for (const std::string& word : words) {
    if (word.starts_with("--")) throw CLI::ExtrasError({tensor::printable(word)});
    text += " " + word;
  }
  const std::string error = utf8_text()(text);
  if (!error.empty()) throw CLI::ValidationError("TEXT", error);
}

/// The vocabulary of OpenAI's CLIP, which is built in, for the names of SDXL's text encoders. The
/// second one pads with "!".
std::optional<sdxl::ClipTokenizer> built_in(const std::string& name) {
  if (name == "clip-l") return sdxl::ClipTokenizer::openai();
  if (name == "openclip-bigg") return sdxl::ClipTokenizer::openai("!");
  return std::nullopt;
}

void tokenize(const TokenizeOptions& o) {
  if (const auto tokenizer = built_in(o.model.path)) {
    print(o.model.path, *tokenizer, o);
    return;
  }
  const std::unique_ptr<sdxl::Checkpoint> checkpoint = o.model.open();
  std::vector<std::string> parts;
  for (const char* part : {"tokenizer", "tokenizer_2"}) {
    if (checkpoint->has_component(part)) parts.push_back(part);
  }
  checkpoint->expect_components(parts);
  for (const std::string& part : parts) {
    print(part, checkpoint->tokenizer(part), o);
  }
}

}  // namespace

void add_tokenize(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("tokenize", "Show the tokens that a text becomes for each text encoder");
  auto options = std::make_shared<TokenizeOptions>();
  options->model.add_to(*command, {"tokenizer", "tokenizer-2"});
  options->prompts.add_syntax_to(*command);
  command->add_option("TEXT", options->text, "The text; several words need no quotes")
      ->type_name("")
      ->required();
  command->allow_extras();  // the other words; a list option would split a word such as "[a,b]"
  command->footer(
      "--model clip-l and --model openclip-bigg take the vocabulary of SDXL's two text encoders,\n"
      "which is built in; the tiny model has a small one of its own.\n"
      "Example: sdxl tokenize a large yellow star on a blue background");
  command->callback([command, options] {
    add_words(options->text, command->remaining());
    options->prompts.check("TEXT", options->text);
    tokenize(*options);
  });
}

}  // namespace cli
