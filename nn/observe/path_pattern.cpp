#include "nn/observe/path_pattern.h"

#include <algorithm>

#include "tensor/error.h"

namespace nn {

namespace {

/// The first `most` paths that match the pattern, with commas between; "" if none does.
std::string first_like(const std::string& pattern, const std::vector<std::string>& paths,
                       int most) {
  std::string names;
  int count = 0;
  for (const std::string& path : paths) {
    if (count == most || !matches(pattern, path)) continue;
    names += (names.empty() ? "" : ", ") + path;
    ++count;
  }
  return names;
}

/// Up to three paths: those that end with the pattern (its component is missing), or else those
/// that begin with the longest prefix of the pattern that matches any.
std::string nearest(const std::string& pattern, const std::vector<std::string>& paths) {
  constexpr int most = 3;
  if (const std::string names = first_like("*." + pattern, paths, most); !names.empty()) {
    return names;
  }
  for (size_t length = pattern.size(); length > 0; --length) {
    const std::string names = first_like(pattern.substr(0, length) + "*", paths, most);
    if (!names.empty()) return names;
  }
  return paths.empty() ? "none at all" : paths.front();
}

}  // namespace

bool matches(const std::string& pattern, const std::string& path) {
  size_t p = 0, i = 0;
  // After a mismatch the last star takes one character more.
  size_t star = std::string::npos, taken = 0;
  while (i < path.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = i;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == path[i])) {
      ++p;
      ++i;
    } else if (star != std::string::npos) {
      p = star + 1;
      i = ++taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string::npos;
}

Recorder::Filter paths_like(const std::vector<std::string>& patterns) {
  return [patterns](const std::string& path) {
    return patterns.empty() ||
           std::any_of(patterns.begin(), patterns.end(),
                       [&](const std::string& pattern) { return matches(pattern, path); });
  };
}

std::vector<std::string> all_paths(const Module& module) {
  std::vector<std::string> paths;
  if (!module.path().empty()) paths.push_back(module.path());
  for (const Module* child : module.children()) {
    const std::vector<std::string> below = all_paths(*child);
    paths.insert(paths.end(), below.begin(), below.end());
  }
  return paths;
}

void expect_matches(const std::string& what, const std::vector<std::string>& patterns,
                    const std::vector<std::string>& paths) {
  for (const std::string& pattern : patterns) {
    const bool is_met = std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
      return matches(pattern, path);
    });
    if (is_met) continue;
    tensor::fail("{}: no module's path is like {}; the nearest: {}", what,
                 tensor::printable(pattern, 100), nearest(pattern, paths));
  }
}

}  // namespace nn
