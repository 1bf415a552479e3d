#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sdxl {

/// How the marks in a prompt are read.
enum class PromptSyntax {
  plain,   // all of them are text, and what is beyond 77 tokens is cut off, as in diffusers
  a1111,   // of AUTOMATIC1111's stable-diffusion-webui
  compel,  // of the library compel
};

/// "plain", "a1111", "compel": the names, in the order of the enum.
const std::vector<std::string>& prompt_syntax_names();
/// Errors: std::invalid_argument for another name.
PromptSyntax prompt_syntax(std::string_view name);
const std::string& name_of(PromptSyntax syntax);

/// A run of a prompt's text, and the weight of its words.
struct WeightedText {
  std::string text;
  double weight = 1.0;
  bool starts_chunk = false;  // behind a BREAK

  bool operator==(const WeightedText&) const = default;
};

/// A prompt without its marks, cut where the weight changes. Nested weights multiply. Neighbours of
/// equal weight are one run; there is at least one.
///
///   plain    the prompt as it is
///   a1111    (x) 1.1   (x:1.3) 1.3   [x] 1 / 1.1
///            x BREAK y  y begins a new chunk     \( \) \[ \] \\  without a meaning
///   compel   x+ 1.1   x++ 1.1^2   x- 0.9   (x y)1.3   "x y"1.3   (x)++   x.attend(1.3)
///            \( \) \" \+ \- \. \, \=  without a meaning
///
/// Errors: std::invalid_argument that shows the place in the prompt, for brackets and quotes that
/// are not closed or not open, a weight that is no number or beyond -100 to 100, a BREAK with no
/// words in front of it; and for what is not built: [a:b:0.5], [a|b], AND and <lora:...> of A1111,
/// .blend, .and, .swap and withLora of compel.
///
/// In A1111 itself unbalanced brackets are closed at the end or are text, and BREAK in brackets is
/// the word "break"; in compel unbalanced brackets are text.
/// AUTOMATIC1111/stable-diffusion-webui: modules/prompt_parser.py, parse_prompt_attention
/// damian0815/compel: prompt_parser.py, PromptParser
std::vector<WeightedText> parse_prompt(PromptSyntax syntax, const std::string& prompt);

}  // namespace sdxl
