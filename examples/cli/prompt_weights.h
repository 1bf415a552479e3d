#pragma once

#include <string>

namespace cli {

/// A prompt without the marks of weight that our encoders would read as letters.
struct PlainPrompt {
  std::string text;
  bool had_weights = false;  // (a), (a:1.2)
};

/// ComfyUI's syntax of prompts, whose weights are not built here: (a) and (a:1.2) weigh `a`, \( is
/// a parenthesis. A1111's is sdxl::PromptSyntax::a1111.
PlainPrompt plain_prompt(const std::string& prompt);

}  // namespace cli
