#include <doctest/doctest.h>

#include "tensor/compute.h"
#include "tensor/image/image.h"
#include "tests/support/program.h"

using support::ModelFolder;
using support::Outcome;
using support::refused;
using tensor::Image;

namespace {

Outcome sweep(const ModelFolder& folder, const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"sweep", "--model", "model", "--height", "64", "--width",
                                        "64",    "--seed",  "7",     "--steps",  "2",  "--quiet"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return support::run_program(folder.path(), arguments);
}

/// Every third pixel of the 64 x 64 that were enlarged three times, from (x, y) on.
std::vector<uint8_t> cell(const Image& sheet, int64_t y, int64_t x) {
  std::vector<uint8_t> pixels;
  for (int64_t i = 0; i < 64; ++i) {
    for (int64_t j = 0; j < 64; ++j) {
      const int64_t pixel = ((y + 3 * i) * sheet.width + x + 3 * j) * 3;
      pixels.insert(pixels.end(), &sheet.pixels[pixel], &sheet.pixels[pixel] + 3);
    }
  }
  return pixels;
}

}  // namespace

TEST_CASE("cli: each cell of a sweep is the image that generate draws") {
  const ModelFolder folder;
  const Outcome outcome = sweep(folder, {"--prompt", "a star", "--vary", "guidance-scale=1,4",
                                         "--vary", "--negative-prompt=,a moon\\, red"});
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  CHECK(support::names_in(folder.path()) == std::vector<std::string>{"model", "sweep.png"});
  const Image sheet = tensor::read_image(folder.path() / "sweep.png");
  const int64_t left = 12 + 18 * 12 + 12, top = 12 + 22 + 6 + 22, size = 3 * 64 + 12;
  CHECK(sheet.width == left + 2 * size);
  CHECK(sheet.height == top + 2 * size);

  const auto draw = [&](const std::string& scale, const std::string& negative) {
    CHECK(folder
              .generate({"--prompt", "a star", "--guidance-scale", scale, "--negative-prompt",
                         negative, "--quiet"})
              .status == 0);
    return tensor::read_image(folder.path() / "sdxl.png").pixels;
  };
  CHECK(cell(sheet, top, left) == draw("1", ""));
  CHECK(cell(sheet, top, left + size) == draw("4", ""));
  CHECK(cell(sheet, top + size, left + size) == draw("4", "a moon, red"));
  CHECK(cell(sheet, top, left + size) != cell(sheet, top + size, left + size));
}

TEST_CASE("cli: prompts and seeds and flags can be swept") {
  const ModelFolder folder;
  CHECK(sweep(folder, {"--vary", "prompt=a star,a ring", "--output", "a.png"}).status == 0);
  const Image sheet = tensor::read_image(folder.path() / "a.png");
  CHECK(sheet.width == 12 + 2 * (192 + 12));
  CHECK(cell(sheet, 12 + 22 + 6 + 22, 12) != cell(sheet, 12 + 22 + 6 + 22, 12 + 192 + 12));
  const Outcome seeds = support::run_program(
      folder.path(), {"sweep", "--model", "model", "--height", "64", "--width", "64", "--steps",
                      "1", "--prompt", "a star", "--vary", "seed=1,-1", "--quiet"});
  CHECK(seeds.status == 0);
  CHECK(sweep(folder, {"--prompt", "x", "--vary", "vae-tiling=true,false"}).status == 0);
  if (!tensor::set_bfloat16(true)) return;
  tensor::set_bfloat16(false);
  CHECK(sweep(folder, {"--prompt", "x", "--vary", "bfloat16=true,false"}).status == 0);
  const Image both = tensor::read_image(folder.path() / "sweep.png");
  CHECK(folder.generate({"--prompt", "x", "--quiet"}).status == 0);
  const std::vector<uint8_t> alone = tensor::read_image(folder.path() / "sdxl.png").pixels;
  const int64_t left = 12, top = 12 + 22 + 6 + 22;
  CHECK(cell(both, top, left) != alone);
  CHECK(cell(both, top, left + 3 * 64 + 12) == alone);
}

TEST_CASE("cli: options that cannot be swept are refused before anything is drawn") {
  const ModelFolder folder;
  const auto said = [&](const std::vector<std::string>& vary, const std::string& text) {
    std::vector<std::string> arguments = {"--prompt", "x"};
    for (const std::string& option : vary) {
      arguments.insert(arguments.end(), {"--vary", option});
    }
    return refused(sweep(folder, arguments), 2, {text});
  };
  for (const char* option : {"output=a,b", "threads=1,2", "trace=a,b", "colour=red", "images=1,2",
                             "vary=a,b", "help=1,2", "=1,2"}) {
    CAPTURE(option);
    CHECK(said({option}, "can't be swept; expected an option of generate") == "");
  }
  CHECK(said({"steps"}, "--vary: expected values for steps, as in steps=a,b,c") == "");
  CHECK(said({"steps=2,many"}, "--steps: expected a whole number") == "");
  CHECK(said({"steps=1,2", "--steps=3"}, "steps is both columns and rows") == "");
  CHECK(said({"steps=1", "seed=1", "eta=0"}, "one or two options, got 3") == "");
  CHECK(refused(sweep(folder, {"--prompt", "x", "--images", "2", "--vary", "eta=0"}), 2,
                {"no --images"}) == "");
  CHECK(refused(sweep(folder, {"--vary", "eta=0"}), 2, {"--prompt is required"}) == "");
  CHECK(refused(sweep(folder, {"--prompt", "x"}), 2, {"--vary"}) == "");
  CHECK(support::names_in(folder.path()) == std::vector<std::string>{"model"});
}
