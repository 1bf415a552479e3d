#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// Damaged copies of files: two thousand in turn, one to three bytes of each replaced.
template <typename Read, typename Use>
void damage(const std::vector<std::string>& names, const Read& read, const Use& use) {
  uint32_t state = 1;
  const auto random = [&state] { return (state = state * 1664525 + 1013904223) >> 8; };
  for (int round = 0; round < 2000; ++round) {
    std::string bytes = read(names[round % names.size()]);
    for (uint32_t i = 0; i <= random() % 3; ++i) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    use(bytes);
  }
}
