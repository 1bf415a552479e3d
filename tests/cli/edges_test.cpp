#include "tensor/image/edges.h"

#include <doctest/doctest.h>

#include "tensor/image/resize.h"
#include "tests/support/program.h"

using support::Outcome;
using support::refused;

namespace {

tensor::Image checkers(int64_t height, int64_t width) {
  tensor::Image image{height, width, {}};
  for (int64_t i = 0; i < height * width; ++i) {
    const bool is_light = (i / width / 10 + i % width / 10) % 2 == 0;
    image.pixels.insert(image.pixels.end(), {uint8_t(is_light ? 240 : 20), 90, 60});
  }
  return image;
}

}  // namespace

TEST_CASE("cli: edges draws an image's edges at its own size or another one") {
  const support::ScratchFolder folder;
  const tensor::Image image = checkers(43, 50);
  tensor::write_png(folder.path() / "fox.png", image);
  const auto run = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"edges", "fox.png", "--output", "edges.png"});
    const Outcome outcome = support::run_program(folder.path(), more);
    CHECK_MESSAGE(outcome.status == 0, outcome.err);
    return tensor::read_image(folder.path() / "edges.png");
  };
  CHECK(run({}).pixels == canny_edges(resize_lanczos(image, 40, 48), 100, 200).pixels);
  const tensor::Image large = resize_lanczos(image, 64, 72);
  const std::vector<std::string> size = {"--height", "64", "--width", "72"};
  CHECK(run(size).pixels == canny_edges(large, 100, 200).pixels);
  std::vector<std::string> sharper = size;
  sharper.insert(sharper.end(), {"--low", "900", "--high", "1500"});
  CHECK(run(sharper).pixels == canny_edges(large, 900, 1500).pixels);
  CHECK(canny_edges(large, 900, 1500).pixels != canny_edges(large, 100, 200).pixels);
}

TEST_CASE("cli: edges refuses what is no image, other sizes and other names") {
  const support::ScratchFolder folder;
  tensor::write_png(folder.path() / "fox.png", checkers(40, 48));
  tensor::write_png(folder.path() / "small.png", checkers(7, 48));
  const auto run = [&](const std::vector<std::string>& arguments) {
    return support::run_program(folder.path(), arguments);
  };
  CHECK(refused(run({"edges", "fox.png"}), 2, {"--output is required"}) == "");
  CHECK(refused(run({"edges", "fox.png", "--output", "edges.jpg"}), 2, {"edges.jpg"}) == "");
  CHECK(refused(run({"edges", "small.png", "--output", "e.png"}), 1, {"is too small"}) == "");
  CHECK(refused(run({"edges", "absent.png", "--output", "e.png"}), 1, {"absent.png"}) == "");
  CHECK(refused(run({"edges", "fox.png", "--output", "e.png", "--height", "50"}), 2,
                {"--height"}) == "");
  CHECK(refused(run({"edges", "fox.png", "--output", "e.png", "--low", "-1"}), 2, {"--low"}) == "");
}
