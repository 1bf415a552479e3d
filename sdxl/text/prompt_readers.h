#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sdxl/text/prompt_syntax.h"

// What the readers of the two syntaxes share. See parse_prompt.

namespace sdxl {

std::vector<WeightedText> read_a1111_prompt(const std::string& prompt);
std::vector<WeightedText> read_compel_prompt(const std::string& prompt);

/// Throws std::invalid_argument: the message, the prompt around a byte of it, and a caret below.
[[noreturn]] void fail_at(const std::string& prompt, size_t byte, const std::string& message);

/// The weight that stands at a byte of the prompt. `text` is all of it.
/// Errors: as fail_at for a text that is no number, and for a weight beyond -100 to 100.
double weight_in(const std::string& prompt, size_t byte, const std::string& text);

/// Errors: as fail_at for a bracket that stands in 100 others already.
void expect_depth(const std::string& prompt, size_t byte, size_t depth);

bool is_blank(std::string_view text);

/// A bracket that is open, and the first run behind it.
struct OpenBracket {
  char mark;
  size_t byte;
  size_t run;
};

/// The runs of a prompt while it is read.
class PromptRuns {
 public:
  /// The text of the last run.
  std::string& text() { return runs_.back().text; }
  /// Begins a run. -> its index
  size_t begin();
  /// Moves the end of the last run's text, from this byte on, into a run of its own. -> its index
  size_t split(size_t byte);
  /// Multiplies the weights of the runs from `first` on, and begins another.
  void multiply(size_t first, double factor);
  /// What follows is of another chunk. False if the chunk so far has no words.
  bool begin_chunk();

  /// The runs with a text. Neighbours of equal weight are joined: in compel, which reads word by
  /// word, blank runs are left out, and a space stands between the others.
  /// Errors: std::invalid_argument for weights that multiply to more than 100.
  std::vector<WeightedText> joined(bool word_by_word) const;

 private:
  std::vector<WeightedText> runs_ = {{}};
  size_t chunk_ = 0;  // the first run of the chunk
};

}  // namespace sdxl
