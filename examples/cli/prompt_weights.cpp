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

/// Whether a bracket holds a switch: a colon or a bar before its end.
bool is_switch(const std::string& text, size_t bracket) {
  const size_t end = text.find_first_of("[]:|", bracket + 1);
  return end != std::string::npos && (text[end] == ':' || text[end] == '|');
}

/// The length of "<lora:name:0.8>" and its like; 0 if there is none.
size_t network_length(const std::string& text, size_t start) {
  constexpr size_t longest = 300;
  for (const std::string kind : {"<lora:", "<lyco:", "<hypernet:"}) {
    if (text.compare(start, kind.size(), kind) != 0) continue;
    const size_t length = text.substr(start, longest).find('>');
    if (length != std::string::npos) return length + 1;
  }
  return 0;
}

}  // namespace

PlainPrompt plain_prompt(const std::string& prompt, bool has_brackets) {
  PlainPrompt plain;
  for (size_t i = 0; i < prompt.size(); ++i) {
    const char c = prompt[i];
    const size_t network = has_brackets && c == '<' ? network_length(prompt, i) : 0;
    const bool is_bracket = has_brackets && (c == '[' || c == ']');
    if (c == '\\' && i + 1 < prompt.size() && std::string("()[]\\").find(prompt[i + 1]) < 5) {
      plain.text += prompt[++i];
    } else if (network > 0) {
      plain.networks += (plain.networks.empty() ? "" : " ") + prompt.substr(i, network);
      i += network - 1;
    } else if (c == '(' || c == ')' || is_bracket) {
      plain.had_weights = true;
      if (c == '[' && is_switch(prompt, i)) plain.had_switches = true;
    } else if (c == ':' && weight_length(prompt, i) > 0) {
      i += weight_length(prompt, i) - 1;
    } else {
      plain.text += c;
    }
  }
  return plain;
}

}  // namespace cli
