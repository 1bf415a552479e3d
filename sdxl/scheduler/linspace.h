#pragma once

#include <cstdint>
#include <vector>

namespace sdxl {

/// n values from `first` to `last`, evenly spaced, in double: i (last - first) / (n - 1) + first.
/// One value is `first`.   numpy: linspace
std::vector<double> linspace(double first, double last, int64_t n);

/// The same in float32, bit for bit as torch: counted from both ends towards the middle, each value
/// rounded once.   torch: linspace
std::vector<float> linspace_of_floats(double first, double last, int64_t n);

}  // namespace sdxl
