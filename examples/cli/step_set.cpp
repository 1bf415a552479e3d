#include "examples/cli/step_set.h"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "examples/cli/options.h"
#include "tensor/error.h"

namespace cli {

namespace {

constexpr int no_end = std::numeric_limits<int>::max();

/// A step's number. Errors: std::invalid_argument.
int read_step(const std::string& text) {
  const bool is_number = !text.empty() && text.size() <= 7 &&
                         text.find_first_not_of("0123456789") == std::string::npos;
  tensor::require(is_number, "expected steps such as 10, 0,5,10, 5:20 or all, got {}",
                  tensor::printable(text, 60));
  return std::stoi(text);
}

}  // namespace

StepSet::StepSet(const std::string& text) {
  if (text == "all") {
    ranges_.emplace_back(0, no_end);
    is_all_ = true;
    return;
  }
  for (const std::string& part : between_commas(text)) {
    const size_t colon = part.find(':');
    const int first = read_step(part.substr(0, colon));
    const int end = colon == std::string::npos ? first + 1 : read_step(part.substr(colon + 1));
    tensor::require(first < end, "expected A:B, the steps from A to B - 1, with A below B; got {}",
                    tensor::printable(part, 60));
    ranges_.emplace_back(first, end);
  }
}

bool StepSet::contains(int step) const {
  return std::ranges::any_of(
      ranges_, [step](const auto& range) { return range.first <= step && step < range.second; });
}

bool StepSet::is_single() const {
  return ranges_.size() == 1 && ranges_[0].first + 1 == ranges_[0].second;
}

int StepSet::last() const {
  if (is_all_) return -1;
  int last = -1;
  for (const auto& [first, end] : ranges_) last = std::max(last, end - 1);
  return last;
}

CLI::Validator step_set() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        try {
          StepSet{text};
          return "";
        } catch (const std::invalid_argument& error) {
          return error.what();
        }
      },
      "");
}

void expect_steps(const std::string& option, const std::string& text, int steps,
                  bool has_more_steps) {
  const int last = StepSet(text).last();
  if (last < steps || has_more_steps) return;
  throw CLI::ValidationError(
      tensor::format("{}: expected 0 to {} with {} steps, got {}", option, steps - 1, steps, last));
}

}  // namespace cli
