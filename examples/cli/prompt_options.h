#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "sdxl/adapters/add_embeddings.h"
#include "sdxl/text/prompt_syntax.h"
#include "tensor/image/image.h"

namespace cli {

/// --prompt-syntax and --embedding: see docs/prompts.md.
struct PromptOptions {
  std::string syntax = "plain";
  std::vector<std::string> embeddings;  // as they were typed

  /// Adds --prompt-syntax alone.
  void add_syntax_to(CLI::App& command);
  void add_to(CLI::App& command);
  /// Reads the marks of a command's prompts, or of one text. Errors: CLI::ValidationError.
  void check(const CLI::App& command) const;
  void check(const std::string& option, const std::string& text) const;

  sdxl::PromptSyntax prompt_syntax() const { return sdxl::prompt_syntax(syntax); }
  /// The files and their words.
  std::vector<sdxl::EmbeddingChoice> choices() const;
  /// The texts of an image's PNG.
  tensor::TextChunks texts() const;
};

}  // namespace cli
