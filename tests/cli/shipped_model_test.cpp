#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tensor/image/image.h"
#include "tests/support/golden.h"
#include "tests/support/program.h"

using nlohmann::json;
using support::ScratchFolder;
using tensor::Tensor;

namespace {

/// A call of diffusers as a command line.
std::vector<std::string> command_line(const json& call) {
  std::vector<std::string> words = {"generate", "--quiet", "--save-latents", "latents"};
  const auto add = [&](const char* option, const char* key) {
    if (!call.contains(key)) return;
    const json& value = call.at(key);
    words.insert(words.end(),
                 {option, value.is_string() ? value.get<std::string>() : value.dump()});
  };
  add("--prompt", "prompt");
  add("--negative-prompt", "negative_prompt");
  add("--scheduler", "scheduler");
  add("--steps", "num_inference_steps");
  add("--guidance-scale", "guidance_scale");
  add("--height", "height");
  add("--width", "width");
  add("--seed", "seed");
  add("--high-noise-fraction", "denoising_start");
  add("--refine-strength", "strength");
  if (call.contains("denoising_start") || call.contains("strength")) {
    words.insert(words.end(),
                 {"--refiner", GLASSBOX_SOURCE_DIR "/examples/tiny_sdxl/model/refiner"});
  }
  return words;
}

double largest_difference(const tensor::Image& ours, const Tensor& theirs) {
  REQUIRE(theirs.shape() == tensor::Shape{1, ours.height, ours.width, 3});
  double largest = 0.0;
  for (int64_t i = 0; i < theirs.size(); ++i) {
    const double difference = static_cast<double>(ours.pixels[i]) - theirs.data()[i];
    largest = std::max(largest, std::abs(difference));
  }
  return largest;
}

}  // namespace

TEST_CASE("cli: the model that ships draws what diffusers draws with it") {
  const support::Golden golden("tiny_sdxl");
  const json calls = json::parse(golden.metadata("calls"));
  REQUIRE(calls.size() == 7);
  for (size_t i = 0; i < calls.size(); ++i) {
    CAPTURE(calls[i].dump());
    const ScratchFolder folder;
    const support::Outcome outcome = support::run_program(folder.path(), command_line(calls[i]));
    CHECK(outcome.err == "");
    REQUIRE(outcome.status == 0);
    const tensor::io::SafetensorsFile latents(folder.path() / "latents");
    const std::string number = "." + std::to_string(i);
    CHECK(nn::compare({{"latents", latents.tensor("latents")}},
                      {{"latents", golden.output("latents" + number)}})
              .verdict(1e-4) == "");
    CHECK(largest_difference(tensor::read_image(folder.path() / "sdxl.png"),
                             golden.output("pixels" + number)) <= 1.0);
  }
}

TEST_CASE("cli: reconstruct measures the same errors as with diffusers") {
  const support::Golden golden("reconstruction");
  const Tensor pixels = golden.input("pixels");  // (H, W, 3)
  tensor::Image image{pixels.dim(0), pixels.dim(1), {}};
  for (int64_t i = 0; i < pixels.size(); ++i) {
    image.pixels.push_back(static_cast<uint8_t>(pixels.data()[i]));
  }
  const ScratchFolder folder;
  tensor::write_png(folder.path() / "disc.png", image);
  const support::Outcome outcome = support::run_program(folder.path(), {"reconstruct", "disc.png"});
  CHECK(outcome.err == "");
  REQUIRE(outcome.status == 0);

  std::istringstream table(outcome.out);
  std::string heading;
  std::getline(table, heading);
  const Tensor rows = golden.output("rows");
  constexpr double own = 0.228678;  // the model's scaling factor, to six digits
  int64_t row = 0, of_own = 0;
  double written, read, deviation, psnr, ssim, error;
  while (table >> written >> read >> deviation >> psnr >> ssim >> error) {
    CAPTURE(written);
    CAPTURE(read);
    if (written == own || read == own) {
      ++of_own;
      if (written != read) continue;
      CHECK(of_own == 1);  // the first row
      CHECK(std::abs(deviation - own / 0.13025 * rows.at({0, 0})) < 0.002);
      CHECK(std::abs(psnr - rows.at({0, 1})) < 0.01);
      continue;
    }
    REQUIRE(row < rows.dim(0));
    CHECK(std::abs(deviation - rows.at({row, 0})) < 0.001);
    CHECK(std::abs(psnr - rows.at({row, 1})) < 0.01);
    CHECK(std::abs(ssim - rows.at({row, 2})) < 0.0002);
    CHECK(std::abs(error - rows.at({row, 3})) < 0.01);
    ++row;
  }
  CHECK(row == rows.dim(0));
  CHECK(of_own == 5);  // alone, and taken for or from each of the others
}
