#pragma once

#include <string_view>

#include "tensor/image/image.h"

namespace fuzz {

/// The largest image that the fuzzers decode: the time of larger ones is that of their pixels.
inline constexpr double most_pixels = 1 << 20;

/// What every decoded image is: as many bytes as its size says, and the same when turned upright.
void expect_whole(const tensor::Image& image, std::string_view file);

}  // namespace fuzz
