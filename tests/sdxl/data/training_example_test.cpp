#include "sdxl/data/training_example.h"

#include <doctest/doctest.h>

#include <set>

using sdxl::PixelSize;
using tensor::Image;

namespace {

/// An image that says where each pixel came from: red is its row, green its column.
Image coordinates(int64_t height, int64_t width) {
  Image image{height, width, {}};
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      image.pixels.insert(image.pixels.end(),
                          {static_cast<uint8_t>(y), static_cast<uint8_t>(x), 0});
    }
  }
  return image;
}

}  // namespace

TEST_CASE("algorithm 1: the image is scaled to just cover the target") {
  const sdxl::CropPlan wide = sdxl::plan_crop({300, 600}, {64, 64});
  CHECK(wide.resized == PixelSize{64, 128});
  CHECK(wide.max_top == 0);
  CHECK(wide.max_left == 64);
  const sdxl::CropPlan tall = sdxl::plan_crop({601, 300}, {64, 96});
  CHECK(tall.resized == PixelSize{192, 96});
  CHECK(tall.max_top == 128);
  CHECK(tall.max_left == 0);
  CHECK_THROWS(sdxl::plan_crop({0, 10}, {64, 64}));
}

TEST_CASE("algorithm 1: original size, crop and target describe the pixels") {
  const Image image = coordinates(40, 100);
  std::mt19937 random(1);
  std::set<int64_t> lefts;
  for (int i = 0; i < 200; ++i) {
    const sdxl::TrainingExample example = sdxl::make_training_example(image, {40, 60}, random);
    CHECK(example.original == PixelSize{40, 100});
    CHECK(example.target == PixelSize{40, 60});
    CHECK(example.pixels.height == 40);
    CHECK(example.pixels.width == 60);
    CHECK(example.crop_top == 0);
    REQUIRE(example.pixels.pixels[1] ==
            example.crop_left);  // no scaling here: the first column itself
    lefts.insert(example.crop_left);
  }
  CHECK(*lefts.begin() == 0);
  CHECK(*lefts.rbegin() == 40);
}

TEST_CASE("algorithm 1: a small image is scaled up and keeps its own size as the original") {
  std::mt19937 random(1);
  const sdxl::TrainingExample example =
      sdxl::make_training_example(coordinates(20, 20), {64, 32}, random);
  CHECK(example.original == PixelSize{20, 20});
  CHECK(example.pixels.height == 64);
  CHECK(example.crop_top == 0);
  CHECK(example.crop_left <= 32);
}
