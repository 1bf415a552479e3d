#pragma once

#include <cstdint>
#include <string>

namespace tensor {

/// The largest image that is read or written: 11 585 x 11 585.
inline constexpr int64_t max_pixels = int64_t{1} << 27;

/// Errors: std::runtime_error for a file whose header says more pixels than that.
void expect_few_pixels(const std::string& path, int64_t height, int64_t width);

/// The error for a file of no known format.
[[noreturn]] void fail_unknown_format(const std::string& path);

}  // namespace tensor
