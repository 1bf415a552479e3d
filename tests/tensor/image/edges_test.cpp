#include "tensor/image/edges.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>

#include "tensor/io/safetensors.h"
#include "tests/support/paths.h"

using tensor::Image;
using tensor::Tensor;
using tensor::io::SafetensorsFile;

namespace {

const SafetensorsFile& golden() {
  static const SafetensorsFile file(support::golden_path("edges"));
  return file;
}

Image image(const std::string& name) {
  const Tensor x = golden().tensor("image/" + name);
  return {x.dim(0), x.dim(1), std::vector<uint8_t>(x.data(), x.data() + x.size())};
}

/// Pixels that differ from (H, W), 0 or 255.
int64_t differences(const Image& edges, const Tensor& expected) {
  REQUIRE(expected.shape() == tensor::Shape{edges.height, edges.width});
  int64_t count = 0;
  for (int64_t i = 0; i < std::ssize(edges.pixels); ++i) {
    count += static_cast<float>(edges.pixels[i]) != expected.data()[i / 3];
  }
  return count;
}

}  // namespace

TEST_CASE("edges: canny_edges gives OpenCV's pixels, with thresholds in either order") {
  int compared = 0;
  for (const std::string& name : golden().names()) {
    if (!name.starts_with("edges/")) continue;
    CAPTURE(name);
    const size_t second = name.find('/', 6), third = name.rfind('/');
    const double low = std::stod(name.substr(second + 1, third - second - 1));
    const double high = std::stod(name.substr(third + 1));
    const Image source = image(name.substr(6, second - 6));
    CHECK(differences(canny_edges(source, low, high), golden().tensor(name)) == 0);
    ++compared;
  }
  CHECK(compared == 18);
}

TEST_CASE("edges: no image and no thresholds are refused") {
  CHECK_THROWS_WITH_AS(tensor::canny_edges({}, 100, 200),
                       "canny_edges: expected an image, got none", std::invalid_argument);
  CHECK_THROWS_WITH_AS(canny_edges(image("disc"), 100, std::numeric_limits<double>::quiet_NaN()),
                       "canny_edges: expected finite thresholds, got 100 and nan",
                       std::invalid_argument);
}
