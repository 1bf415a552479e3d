#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "tensor/image/edges.h"
#include "tests/support/golden.h"
#include "tests/support/program.h"

// The LoRA and the ControlNet of examples/tiny_sdxl/adapters.

using support::Outcome;
using tensor::Image;
using tensor::Tensor;

namespace {

std::string shipped(const std::string& name) {
  return GLASSBOX_SOURCE_DIR "/examples/tiny_sdxl/adapters/" + name + ".safetensors";
}

Image image_of(const Tensor& pixels) {
  const int64_t rank = pixels.shape().rank();
  return {pixels.dim(rank - 3), pixels.dim(rank - 2),
          std::vector<uint8_t>(pixels.data(), pixels.data() + pixels.size())};
}

/// A call of diffusers, run by the program with more options.
Outcome run_call(const std::filesystem::path& folder, const nlohmann::json& call,
                 const std::vector<std::string>& more) {
  std::vector<std::string> words = {"generate", "--quiet", "--save-latents", "latents"};
  for (const auto& [option, key] :
       {std::pair{"--prompt", "prompt"}, std::pair{"--steps", "num_inference_steps"},
        std::pair{"--guidance-scale", "guidance_scale"}, std::pair{"--seed", "seed"},
        std::pair{"--height", "height"}, std::pair{"--width", "width"}}) {
    if (!call.contains(key)) continue;
    const nlohmann::json& value = call.at(key);
    words.insert(words.end(),
                 {option, value.is_string() ? value.get<std::string>() : value.dump()});
  }
  words.insert(words.end(), more.begin(), more.end());
  return support::run_program(folder, words);
}

/// Latents within 1e-4 and pixels within 1 of 255.
void check_drawn(const std::filesystem::path& folder, const support::Golden& golden,
                 const std::string& name) {
  const tensor::io::SafetensorsFile latents(folder / "latents");
  const Tensor theirs = golden.output(name + ".latents");
  CHECK(nn::difference(name, latents.tensor("latents"), theirs).relative < 1e-4);
  const Image ours = tensor::read_image(folder / "sdxl.png");
  const Image expected = image_of(golden.output(name + ".pixels"));
  REQUIRE(ours.pixels.size() == expected.pixels.size());
  int largest = 0;
  for (size_t i = 0; i < ours.pixels.size(); ++i) {
    largest = std::max(largest, std::abs(ours.pixels[i] - expected.pixels[i]));
  }
  CHECK(largest <= 1);
}

bool has_edge_near(const Image& edges, int64_t y, int64_t x) {
  constexpr int64_t tolerance = 2;
  for (int64_t row = y - tolerance; row <= y + tolerance; ++row) {
    for (int64_t column = x - tolerance; column <= x + tolerance; ++column) {
      const bool is_inside = row >= 0 && row < edges.height && column >= 0 && column < edges.width;
      if (is_inside && edges.pixels[3 * (row * edges.width + column)] > 0) return true;
    }
  }
  return false;
}

/// Intersection over union of two edge pictures, where an edge meets one that is at most 2 pixels
/// away: `agreement` of examples/tiny_sdxl/data/edges.py.
double agreement(const Image& a, const Image& b) {
  double both = 0.0, all = 0.0;
  for (int64_t y = 0; y < a.height; ++y) {
    for (int64_t x = 0; x < a.width; ++x) {
      for (const auto& [own, other] : {std::pair{&a, &b}, std::pair{&b, &a}}) {
        if (own->pixels[3 * (y * a.width + x)] == 0) continue;
        all += 1.0;
        both += has_edge_near(*other, y, x) ? 0.5 : 0.0;
      }
    }
  }
  return both / std::max(1.0, all - both);
}

}  // namespace

TEST_CASE("cli: the LoRA that ships draws what diffusers draws with it") {
  const support::Golden golden("tiny_adapters");
  const auto calls = nlohmann::json::parse(golden.metadata("calls"));
  const support::ScratchFolder folder;
  const Outcome outcome =
      run_call(folder.path(), calls.at("lora"), {"--lora", shipped("contours")});
  REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
  check_drawn(folder.path(), golden, "lora");
}

TEST_CASE("cli: the ControlNet that ships draws what diffusers draws with it, along the edges") {
  const support::Golden golden("tiny_adapters");
  const nlohmann::json call = nlohmann::json::parse(golden.metadata("calls")).at("control");
  const support::ScratchFolder folder;
  const Image picture = image_of(golden.input("picture"));
  tensor::write_png(folder.path() / "edges.png", picture);
  const auto follows = [&](const std::string& scale) {
    const Outcome outcome = run_call(
        folder.path(), call,
        {"--control", shipped("edges"), "--control-image", "edges.png", "--control-scale", scale});
    REQUIRE_MESSAGE(outcome.status == 0, outcome.err);
    return agreement(canny_edges(tensor::read_image(folder.path() / "sdxl.png"), 100, 200),
                     picture);
  };
  CHECK(follows("0") < 0.3);
  CHECK(follows("1") > 0.6);
  check_drawn(folder.path(), golden, "control");
}
