#pragma once

#include <string>

namespace cli {

/// A prompt without the marks of weight that our encoders would read as letters.
struct PlainPrompt {
  std::string text;
  bool had_weights = false;   // (a), (a:1.2), [a]
  bool had_switches = false;  // [a:b:0.5], [a|b]: another prompt in some steps
  std::string networks;       // <lora:name:0.8> ..., taken out
};

/// A1111's and ComfyUI's syntax of prompts: (a) and (a:1.2) weigh `a`, \( is a parenthesis. In
/// A1111 also [a] weighs, and <lora:name:0.8> adds a network. `has_brackets` chooses A1111's.
PlainPrompt plain_prompt(const std::string& prompt, bool has_brackets);

}  // namespace cli
