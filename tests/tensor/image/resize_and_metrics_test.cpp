#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tensor/image/image_metrics.h"
#include "tensor/image/resize.h"
#include "tensor/io/safetensors.h"
#include "tests/support/paths.h"

using tensor::Image;
using tensor::io::SafetensorsFile;

namespace {

const SafetensorsFile& golden() {
  static const SafetensorsFile file(support::golden_path("resize_and_metrics"));
  return file;
}

Image image(const std::string& name) {
  const tensor::Tensor x = golden().tensor(name);
  return {x.dim(0), x.dim(1), std::vector<uint8_t>(x.data(), x.data() + x.size())};
}

}  // namespace

TEST_CASE("images: resize_lanczos gives Pillow's bytes when shrinking and when growing") {
  const Image source = image("source");
  for (const std::string& name : golden().names()) {
    if (!name.starts_with("lanczos_")) continue;
    CAPTURE(name);
    const Image expected = image(name);
    CHECK(resize_lanczos(source, expected.height, expected.width).pixels == expected.pixels);
  }
  CHECK_THROWS_WITH(resize_lanczos(source, 0, 5),
                    "resize_lanczos expects at least 1 x 1 pixels, got 0 x 5");
}

TEST_CASE("images: resize_bicubic gives Pillow's bytes when shrinking and when growing") {
  const Image source = image("source");
  int sizes = 0;
  for (const std::string& name : golden().names()) {
    if (!name.starts_with("bicubic_")) continue;
    CAPTURE(name);
    const Image expected = image(name);
    CHECK(resize_bicubic(source, expected.height, expected.width).pixels == expected.pixels);
    ++sizes;
  }
  CHECK(sizes == 7);
  CHECK_THROWS_WITH(resize_bicubic(source, 5, 0),
                    "resize_bicubic expects at least 1 x 1 pixels, got 5 x 0");
}

TEST_CASE("images: crop takes the given window and refuses one outside") {
  const Image source = image("source");
  const Image window = crop(source, 3, 5, 2, 4);
  CHECK(window.pixels[(1 * 4 + 2) * 3 + 1] ==
        source.pixels[((3 + 1) * source.width + 5 + 2) * 3 + 1]);
  CHECK_THROWS(crop(source, source.height - 1, 0, 2, 1));
  CHECK_THROWS(crop(source, -1, 0, 2, 1));
}

TEST_CASE("images: error and similarity are those of scikit-image") {
  const auto metrics = nlohmann::json::parse(golden().metadata().at("metrics"));
  const Image a = image("source"), b = image("distorted");
  CHECK(mean_absolute_error(a, b) ==
        doctest::Approx(metrics.at("mae").get<double>()).epsilon(1e-9));
  CHECK(psnr(a, b) == doctest::Approx(metrics.at("psnr").get<double>()).epsilon(1e-9));
  CHECK(ssim(a, b) == doctest::Approx(metrics.at("ssim").get<double>()).epsilon(1e-9));
  CHECK(ssim(a, a) == doctest::Approx(1.0));
  CHECK_THROWS(psnr(a, crop(b, 0, 0, 5, 5)));
}
