#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "tensor/io/image.h"
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
  return words;
}

double largest_difference(const tensor::io::Image& ours, const Tensor& theirs) {
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
  REQUIRE(calls.size() == 3);
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
    CHECK(largest_difference(tensor::io::read_image(folder.path() / "sdxl.png"),
                             golden.output("pixels" + number)) <= 1.0);
  }
}
