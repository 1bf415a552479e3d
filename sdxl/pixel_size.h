#pragma once

#include <cstdint>

namespace sdxl {

/// An image's size in pixels, height first as everywhere in SDXL.
struct PixelSize {
  int64_t height = 0;
  int64_t width = 0;
  bool operator==(const PixelSize&) const = default;
};

}  // namespace sdxl
