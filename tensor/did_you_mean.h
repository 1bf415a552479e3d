#pragma once

#include <string>
#include <vector>

namespace tensor {

/// " (did you mean X?)" with the closest of `candidates`: the one that fewest insertions, deletions
/// and replacements of a character separate from `name`, at most 3. "" if none is close.
std::string did_you_mean(const std::string& name, const std::vector<std::string>& candidates);

}  // namespace tensor
