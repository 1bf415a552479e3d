#pragma once

#include <string>
#include <vector>

#include "nn/trace.h"

namespace nn {

/// True if a path matches a pattern: `*` stands for any characters (dots too) or none, `?` for one.
bool matches(const std::string& pattern, const std::string& path);

/// A filter that accepts the paths that match one of the patterns; all paths without patterns.
Recorder::Filter paths_like(const std::vector<std::string>& patterns);

/// The paths of a module and all below it, in declaration order; a root without a name has none.
std::vector<std::string> all_paths(const Module& module);

/// Checks that every pattern matches a path.
/// Errors: std::runtime_error for the first pattern that matches none. The message begins with
/// `what` and names the nearest paths: those that end with the pattern, or share the longest
/// prefix.
void expect_matches(const std::string& what, const std::vector<std::string>& patterns,
                    const std::vector<std::string>& paths);

}  // namespace nn
