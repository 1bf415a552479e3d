#include "sdxl/text/prompt_syntax.h"

#include <algorithm>

#include "sdxl/text/prompt_readers.h"
#include "tensor/error.h"

namespace sdxl {

const std::vector<std::string>& prompt_syntax_names() {
  static const std::vector<std::string> names = {"plain", "a1111", "compel"};
  return names;
}

PromptSyntax prompt_syntax(std::string_view name) {
  const std::vector<std::string>& names = prompt_syntax_names();
  const auto found = std::ranges::find(names, name);
  tensor::require(found != names.end(), "prompt_syntax: expected plain, a1111 or compel, got {}",
                  tensor::printable(name, 40));
  return static_cast<PromptSyntax>(found - names.begin());
}

const std::string& name_of(PromptSyntax syntax) {
  return prompt_syntax_names()[static_cast<size_t>(syntax)];
}

std::vector<WeightedText> parse_prompt(PromptSyntax syntax, const std::string& prompt) {
  switch (syntax) {
    case PromptSyntax::plain:
      return {{prompt}};
    case PromptSyntax::a1111:
      return read_a1111_prompt(prompt);
    case PromptSyntax::compel:
      return read_compel_prompt(prompt);
  }
  return {};
}

}  // namespace sdxl
