#include "sdxl/data/aspect_buckets.h"

#include <algorithm>
#include <cmath>

#include "tensor/error.h"

namespace sdxl {

namespace {

double log_aspect(const PixelSize& size) {
  return std::log(static_cast<double>(size.height) / static_cast<double>(size.width));
}

}  // namespace

const std::array<PixelSize, 40>& aspect_buckets() {
  static constexpr std::array<PixelSize, 40> buckets = {{
      {512, 2048},  {512, 1984}, {512, 1920}, {512, 1856}, {576, 1792},  //
      {576, 1728},  {576, 1664}, {640, 1600}, {640, 1536}, {704, 1472},  //
      {704, 1408},  {704, 1344}, {768, 1344}, {768, 1280}, {832, 1216},  //
      {832, 1152},  {896, 1152}, {896, 1088}, {960, 1088}, {960, 1024},  //
      {1024, 1024}, {1024, 960}, {1088, 960}, {1088, 896}, {1152, 896},  //
      {1152, 832},  {1216, 832}, {1280, 768}, {1344, 768}, {1408, 704},  //
      {1472, 704},  {1536, 640}, {1600, 640}, {1664, 576}, {1728, 576},  //
      {1792, 576},  {1856, 512}, {1920, 512}, {1984, 512}, {2048, 512},
  }};
  return buckets;
}

PixelSize nearest_bucket(const PixelSize& size) {
  tensor::require(size.height >= 1 && size.width >= 1,
                  "nearest_bucket expects a size of at least 1 x 1 pixels, got {} x {}",
                  size.height, size.width);
  const double aspect = log_aspect(size);
  return *std::min_element(aspect_buckets().begin(), aspect_buckets().end(),
                           [&](const PixelSize& a, const PixelSize& b) {
                             return std::abs(log_aspect(a) - aspect) <
                                    std::abs(log_aspect(b) - aspect);
                           });
}

}  // namespace sdxl
