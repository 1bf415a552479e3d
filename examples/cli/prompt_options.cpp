#include "examples/cli/prompt_options.h"

#include "examples/cli/options.h"

namespace cli {

namespace fs = std::filesystem;

namespace {

/// "style.safetensors:<style>" or "style.safetensors:<s0>,<s1>"; a colon of the path belongs to it.
sdxl::EmbeddingChoice embedding_choice(const std::string& text) {
  const size_t colon = text.rfind(':');
  std::error_code error;  // of a path that can't be looked up: the file's reader reports it
  if (colon == std::string::npos || colon == 0 || fs::exists(text, error)) return {text};
  return {text.substr(0, colon), between_commas(text.substr(colon + 1))};
}

}  // namespace

void PromptOptions::add_syntax_to(CLI::App& command) {
  command
      .add_option("--prompt-syntax", syntax,
                  "How marks in the prompts are read: plain, as text; a1111, (x:1.3) [x] BREAK; "
                  "compel, x++ (x y)1.3; the last two also take prompts of more than 75 tokens "
                  "(plain)")
      ->type_name("NAME")
      ->check(CLI::IsMember(sdxl::prompt_syntax_names()));
}

void PromptOptions::add_to(CLI::App& command) {
  add_syntax_to(command);
  command
      .add_option("--embedding", embeddings,
                  "A textual inversion, and the word that stands for it in the prompts (the "
                  "file's); several add up")
      ->type_name("FILE[:WORD]")
      ->group("Adapters");
}

void PromptOptions::check(const CLI::App& command) const {
  for (const char* name : {"--prompt", "--prompt-2", "--negative-prompt", "--negative-prompt-2"}) {
    const CLI::Option* option = command.get_option_no_throw(name);
    if (option && option->count() > 0) check(name, option->as<std::string>());
  }
}

void PromptOptions::check(const std::string& option, const std::string& text) const {
  try {
    sdxl::parse_prompt(prompt_syntax(), text);
  } catch (const std::invalid_argument& error) {
    throw CLI::ValidationError(option, error.what());
  }
}

std::vector<sdxl::EmbeddingChoice> PromptOptions::choices() const {
  std::vector<sdxl::EmbeddingChoice> result;
  for (const std::string& text : embeddings) result.push_back(embedding_choice(text));
  return result;
}

tensor::TextChunks PromptOptions::texts() const {
  tensor::TextChunks texts;
  if (syntax != "plain") texts.emplace_back("prompt_syntax", syntax);
  for (const std::string& text : embeddings) {
    texts.emplace_back("embedding", fs::path(text).filename().string());
  }
  return texts;
}

}  // namespace cli
