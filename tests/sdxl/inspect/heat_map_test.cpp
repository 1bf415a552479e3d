#include "sdxl/inspect/heat_map.h"

#include <doctest/doctest.h>

#include <cmath>

using tensor::Image;
using tensor::Tensor;

TEST_CASE("image: a heat map is black at its minimum and white at its maximum") {
  const Image image{2, 4, std::vector<uint8_t>(24, 100)};
  const Tensor map = Tensor::from({2, 4}, {2, 8.0f / 3, 10.0f / 3, 4, 4, 4, 2, 2});
  const Image heated = sdxl::heat_over(image, map);
  CHECK(heated.height == 2);
  const std::vector<uint8_t> row = {25, 25, 25, 216, 25, 25, 216, 216, 25, 216, 216, 216};
  CHECK(std::vector<uint8_t>(heated.pixels.begin(), heated.pixels.begin() + 12) == row);
  const std::vector<uint8_t> below = {216, 216, 216, 216, 216, 216, 25, 25, 25, 25, 25, 25};
  CHECK(std::vector<uint8_t>(heated.pixels.begin() + 12, heated.pixels.end()) == below);
  // Without any difference nothing glows.
  CHECK(sdxl::heat_over(image, Tensor::full({2, 2}, 3)).pixels == std::vector<uint8_t>(24, 25));
  CHECK_THROWS_WITH(sdxl::heat_over(image, Tensor::full({1, 1}, NAN)),
                    "heat_over: the map holds NaN or infinity");
  CHECK_THROWS_WITH(sdxl::heat_over(Image(), map),
                    "heat_over expects an image and a map (h, w), got 0 x 0 pixels and (2, 4)");
}
