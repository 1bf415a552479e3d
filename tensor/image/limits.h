#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace tensor {

/// The largest image that is read or written: 11 585 x 11 585.
inline constexpr int64_t max_pixels = int64_t{1} << 27;
/// The largest image that a file of any size may hold, 5792 x 5792, and the pixels that it may hold
/// for each byte beyond. A photograph has about 4 pixels a byte; an image of one colour has
/// thousands, and a few bytes would fill gigabytes of memory.
inline constexpr int64_t pixels_of_any_file = int64_t{1} << 25;
inline constexpr int64_t pixels_of_a_byte = 32;

/// Errors: std::runtime_error for a file of `bytes` bytes whose header says no pixels, or more than
/// these.
void expect_few_pixels(const std::string& path, int64_t height, int64_t width, size_t bytes);

/// The error for a file of no known format.
[[noreturn]] void fail_unknown_format(const std::string& path);

}  // namespace tensor
