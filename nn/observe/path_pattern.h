#pragma once

#include <string>
#include <vector>

#include "nn/trace.h"

namespace nn {

/// Does a path match a pattern? `*` stands for any letters, dots too, or none; `?` for one.
bool matches(const std::string& pattern, const std::string& path);

/// Accepts the paths that match one of the patterns; all paths where there are none.
Recorder::Filter paths_like(const std::vector<std::string>& patterns);

/// The paths of all modules below, in declaration order, but for the nameless root.
std::vector<std::string> all_paths(const Module& module);

/// Errors: std::runtime_error for the first pattern that matches no path, beginning with `what` and
/// naming the nearest ones: those that have the most of its beginning.
void expect_matches(const std::string& what, const std::vector<std::string>& patterns,
                    const std::vector<std::string>& paths);

}  // namespace nn
