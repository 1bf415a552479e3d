#pragma once

#include <string>
#include <vector>

#include "examples/cli/options.h"

namespace cli {

/// The options of `sdxl generate` for a trace.
struct TraceOptions {
  std::string file;         // "": no trace
  std::string steps = "0";  // a StepSet
  std::vector<std::string> components = {"unet"};
  std::vector<std::string> paths;  // patterns; none: all modules of the components
  bool inputs = false;

  void add_to(CLI::App& command);
  /// Whether a path belongs to one of the components, of any model of the run.
  bool has_component_of(const std::string& path) const;
  /// Errors: CLI::ValidationError for an option without --trace, and for a step beyond the schedule.
  void check(const CLI::App& command, int schedule_steps, bool has_more_steps) const;
};

}  // namespace cli
