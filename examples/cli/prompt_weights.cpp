#include "examples/cli/prompt_weights.h"

#include <algorithm>

namespace cli {

namespace {

/// The length of ":1.2" in front of a closing parenthesis; 0 if there is no such weight.
size_t weight_length(const std::string& text, size_t colon) {
  const size_t end = std::min(text.find_first_not_of("0123456789.+- ", colon + 1), text.size());
  const bool has_digit = std::any_of(text.begin() + colon + 1, text.begin() + end,
                                     [](char c) { return c >= '0' && c <= '9'; });
  return has_digit && end < text.size() && text[end] == ')' ? end - colon : 0;
}

}  // namespace

PlainPrompt plain_prompt(const std::string& prompt) {
  PlainPrompt plain;
  for (size_t i = 0; i < prompt.size(); ++i) {
    const char c = prompt[i];
    if (c == '\\' && i + 1 < prompt.size() && std::string("()[]\\").find(prompt[i + 1]) < 5) {
      plain.text += prompt[++i];
    } else if (c == '(' || c == ')') {
      plain.had_weights = true;
    } else if (c == ':' && weight_length(prompt, i) > 0) {
      i += weight_length(prompt, i) - 1;
    } else {
      plain.text += c;
    }
  }
  return plain;
}

}  // namespace cli
