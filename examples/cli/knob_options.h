#pragma once

#include <string>
#include <vector>

#include "examples/cli/options.h"
#include "tensor/image/image.h"

namespace cli {

/// The options that change what single modules compute, as they were typed: see docs/knobs.md.
struct KnobOptions {
  std::vector<std::string> mute;          // patterns
  std::vector<std::string> scale;         // PATTERN=F
  std::vector<std::string> mute_head;     // PATTERN:HEAD
  std::vector<std::string> mute_skip;     // K, or refiner.K
  std::vector<std::string> hold;          // PATTERN=FILE
  std::vector<std::string> swap_context;  // PATTERN=PROMPT
  std::string steps;                      // a StepSet; "": the whole run

  enum class Steps { yes, no };
  /// Steps::no: without --knob-steps, for a command that runs a component once.
  void add_to(CLI::App& command, Steps with_steps = Steps::yes);
  /// Errors: CLI::ValidationError for steps without a knob, or beyond the schedule.
  void check(int schedule_steps, bool has_more_steps) const;

  /// Whether any module is changed.
  bool any() const;
  /// The texts of an image's PNG, one for each option that is given.
  tensor::TextChunks texts() const;
};

/// The two sides of "PATTERN=VALUE"; the pattern has no "=".
std::pair<std::string, std::string> pattern_and_value(const std::string& text);

}  // namespace cli
