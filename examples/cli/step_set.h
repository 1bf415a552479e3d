#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <utility>
#include <vector>

namespace cli {

/// Steps of a run, counted from 0 over all schedules: "10", "0,5,10", "5:20" (5 to 19), "all".
class StepSet {
 public:
  StepSet() = default;
  /// Errors: std::invalid_argument for any other text.
  explicit StepSet(const std::string& text);

  bool contains(int step) const;
  /// True for the text of one number.
  bool is_single() const;
  /// The last step that is named; -1 for "all".
  int last() const;

 private:
  std::vector<std::pair<int, int>> ranges_;  // first, one behind the last
  bool is_all_ = false;
};

/// Checks the text of a StepSet.
CLI::Validator step_set();

/// Errors: CLI::ValidationError when `option` names a step beyond the schedule of `steps` steps.
/// With `has_more_steps`, a run of several schedules, their number is not known in advance.
void expect_steps(const std::string& option, const std::string& text, int steps,
                  bool has_more_steps);

}  // namespace cli
