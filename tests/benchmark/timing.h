#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

/// What the benchmarks of kernels share.
namespace benchmark {

/// Values from -1 to 1, the same in each run.
inline std::vector<float> values(int64_t count) {
  std::vector<float> result(count);
  uint32_t state = 1;
  for (float& value : result) {
    state = state * 1664525 + 1013904223;
    value = static_cast<float>(state >> 8) * 0x1p-23f - 1.0f;
  }
  return result;
}

/// The best of several runs, which take half a second in all; of one where it takes two seconds.
inline double best_seconds(const std::function<void()>& run) {
  double best = 1e9, total = 0.0;
  for (int i = 0; total < 2.0 && (i < 3 || (total < 0.5 && i < 40)); ++i) {
    const auto start = std::chrono::steady_clock::now();
    run();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    best = std::min(best, taken.count());
    total += taken.count();
  }
  return best;
}

}  // namespace benchmark
