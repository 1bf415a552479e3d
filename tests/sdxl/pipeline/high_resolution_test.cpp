#include "sdxl/pipeline/high_resolution.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "sdxl/pipeline/image_to_image.h"
#include "sdxl/pipeline/text_to_image.h"
#include "tensor/ops.h"
#include "tests/sdxl/pipeline/pipeline_golden.h"

using sdxl::PixelSize;
using tensor::Tensor;

namespace {

/// Bytes (N, H, W, 3) as images (N, 3, H, W) from -1 to 1.
Tensor images_of(const Tensor& bytes) {
  return 2.0f * (permute(bytes, {0, 3, 1, 2}) / 255.0f) - 1.0f;
}

double largest_difference(const Tensor& a, const Tensor& b) {
  double largest = 0.0;
  for (int64_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(a.data()[i]) - b.data()[i]));
  }
  return largest;
}

void check_case(const std::string& name) {
  CAPTURE(name);
  const support::PipelineGolden golden("high_resolution_" + name);
  const Tensor theirs = images_of(golden.golden.output("enlarged"));
  const PixelSize size = {golden.call.at("height"), golden.call.at("width")};
  const PixelSize larger = {theirs.dim(2), theirs.dim(3)};
  golden.check([&](sdxl::Scheduler& scheduler, sdxl::NoiseSource& noise,
                   const sdxl::StepHooks& hooks) {
    sdxl::TextToImage first;
    golden.read(first, size);
    first.size = size;
    const Tensor small = sdxl::text_to_image(golden.model, scheduler, first, noise);
    CHECK(
        nn::compare({{"small", small}}, {{"small", golden.golden.output("small")}}).verdict(1e-4) ==
        "");
    const Tensor enlarged = sdxl::enlarge(golden.model, small, larger);
    REQUIRE(enlarged.shape() == theirs.shape());
    CHECK(largest_difference(enlarged, theirs) < 1.5 * 2 / 255);  // one byte

    // One byte more or less is no rounding error: the rest goes on from diffusers' own.
    sdxl::ImageToImage second;
    golden.read(second, larger);
    second.image = theirs;
    second.strength = golden.call.at("strength");
    return sdxl::image_to_image(golden.model, scheduler, second, noise, hooks);
  });
}

}  // namespace

TEST_CASE("high resolution: the result equals the same three steps by hand in diffusers") {
  check_case("euler");
  check_case("ancestral");
}

TEST_CASE("high resolution: sizes are multiples of 8 and larger") {
  const auto enlarged = [](const PixelSize& size, double scale) {
    const PixelSize larger = sdxl::enlarged_size(size, scale, 8);
    return std::vector<int64_t>{larger.height, larger.width};
  };
  CHECK(enlarged({56, 72}, 1.5) == std::vector<int64_t>{88, 112});
  CHECK(enlarged({1024, 1024}, 2.0) == std::vector<int64_t>{2048, 2048});
  CHECK(enlarged({832, 1216}, 1.3) == std::vector<int64_t>{1080, 1584});
  CHECK_THROWS_WITH(enlarged({64, 1024}, 1.05),
                    "1.05 times 64 x 1024 pixels in multiples of 8 is no larger image; expected "
                    "a scale above 1 that adds at least 8 to each side");
  CHECK_THROWS(enlarged({64, 64}, 0.5));
}
