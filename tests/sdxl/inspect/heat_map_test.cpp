#include "sdxl/inspect/heat_map.h"

#include <doctest/doctest.h>

#include <cmath>

using sdxl::HeatScale;
using tensor::Image;
using tensor::Tensor;

namespace {

Image grey(int64_t height, int64_t width, uint8_t value) {
  return {height, width, std::vector<uint8_t>(static_cast<size_t>(3 * height * width), value)};
}

/// The colour of a map that is `value` everywhere.
std::vector<uint8_t> colour_of(float value, const HeatScale& scale) {
  return sdxl::heat_over(grey(1, 1, 100), Tensor::full({1, 1}, value), scale).pixels;
}

}  // namespace

TEST_CASE("image: one value has one colour on a common scale, whatever the map's own range") {
  const HeatScale scale{0.0, 0.5};
  const std::vector<uint8_t> cold = {25, 25, 28}, hot = {214, 216, 148};  // 3/4 heat, 1/4 image
  CHECK(colour_of(0.0f, scale) == cold);
  CHECK(colour_of(0.25f, scale) == std::vector<uint8_t>{165, 66, 89});
  CHECK(colour_of(0.5f, scale) == hot);
  CHECK(colour_of(7.0f, scale) == hot);
  CHECK(colour_of(-1.0f, scale) == cold);
  CHECK(colour_of(2e-16f, scale) == cold);        // small values stay dark
  CHECK(colour_of(2e-16f, {0.0, 2e-16}) == hot);  // unless the scale is theirs
  CHECK(colour_of(3.0f, {3.0, 3.0}) == cold);     // without a range nothing glows
  const Tensor map = Tensor::from({1, 2}, {0.0f, 0.5f});
  const Image heated = sdxl::heat_over(grey(2, 2, 100), map, scale);
  CHECK(std::vector<uint8_t>(heated.pixels.begin(), heated.pixels.begin() + 3) == cold);
  CHECK(std::vector<uint8_t>(heated.pixels.end() - 3, heated.pixels.end()) == hot);
  CHECK(sdxl::range_of(map).low == 0.0);
  CHECK(sdxl::range_of(map).high == 0.5);
  CHECK_THROWS_WITH(sdxl::heat_over(grey(2, 2, 100), Tensor::full({1, 1}, NAN), scale),
                    "heat_over: the map holds NaN or infinity");
  CHECK_THROWS_WITH(sdxl::heat_over(Image(), map, scale),
                    "heat_over expects an image and a map (h, w), got 0 x 0 pixels and (1, 2)");
}

TEST_CASE("image: a legend has the scale's colours and its text") {
  const Image legend = sdxl::heat_legend({0.0, 0.5}, "share");
  const Image longer = sdxl::heat_legend({0.0, 0.5}, "share of attention");
  CHECK(longer.width == legend.width + 13 * 12);
  CHECK(legend.height == 38);
  const Image black = grey(1, 2, 128);
  const Image ends = sdxl::heat_over(black, Tensor::from({1, 2}, {0.0f, 0.5f}), {0.0, 0.5});
  for (int c = 0; c < 3; ++c) {
    CHECK(std::abs(legend.pixels[c] - ends.pixels[c]) <= 1);
    CHECK(std::abs(legend.pixels[3 * 383 + c] - ends.pixels[3 + c]) <= 1);
  }
}
