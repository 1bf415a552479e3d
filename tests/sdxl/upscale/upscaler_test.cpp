#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "nn/observe/compare.h"
#include "sdxl/upscale/open_upscaler.h"
#include "sdxl/upscale/upscale_image.h"
#include "tensor/image/resize.h"
#include "tests/support/golden.h"
#include "tests/support/odd_models.h"
#include "tests/support/paths.h"

// The tiny upscalers of tests/make_goldens/upscaler.py against its reference.

using namespace sdxl;
using tensor::Image;

namespace {

std::filesystem::path file(const std::string& name) {
  return support::test_file("goldens/upscalers/" + name + ".safetensors");
}

/// Every module's output against the reference's.
void check_modules(const std::string& golden_name, const std::string& net_name) {
  const support::Golden golden(golden_name);
  const auto net = open_upscaler(file(net_name));
  const nn::Recorder recorder;
  net->forward(golden.input("x"));
  int compared = 0;
  for (const std::string path : nlohmann::json::parse(golden.metadata("outputs"))) {
    CAPTURE(path);
    const Tensor* ours = recorder.find(path.empty() ? "upscaler" : "upscaler." + path);
    REQUIRE(ours != nullptr);
    CHECK(nn::difference(path, *ours, golden.output(path)).relative < 1e-5);
    ++compared;
  }
  CHECK(compared == 45);
}

Image waves(int64_t height, int64_t width) {
  Image image{height, width, {}};
  for (int64_t i = 0; i < 3 * height * width; ++i) {
    image.pixels.push_back(
        static_cast<uint8_t>(128 + 100 * std::sin(0.07 * static_cast<double>(i))));
  }
  return image;
}

int largest_difference(const Image& a, const Image& b) {
  REQUIRE(a.pixels.size() == b.pixels.size());
  int largest = 0;
  for (size_t i = 0; i < a.pixels.size(); ++i) {
    largest = std::max(largest, std::abs(a.pixels[i] - b.pixels[i]));
  }
  return largest;
}

/// The message with which a file of these tensors is refused; "" if it isn't.
std::string message_for(const tensor::io::NamedTensors& tensors) {
  const support::ScratchFolder folder;
  tensor::io::write_safetensors(folder.path() / "a.safetensors", tensors);
  try {
    open_upscaler(folder.path() / "a.safetensors");
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

bool has(const std::string& message, const std::string& text) {
  CAPTURE(message);
  CHECK(message.find(text) != std::string::npos);
  return message.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("upscaler: every module of an x4 and an x2 net computes the formulas") {
  check_modules("upscaler_x4", "real_esrgan_x4");
  check_modules("upscaler_x2", "real_esrgan_x2");
}

TEST_CASE("upscaler: the three namings of one net are the same net") {
  const auto net = open_upscaler(file("real_esrgan_x4"));
  CHECK(net->scale() == 4);
  CHECK(open_upscaler(file("real_esrgan_x2"))->scale() == 2);
  const auto namings = nlohmann::json::parse(support::Golden("upscaler_x4").metadata("namings"));
  const auto tensors = support::below(support::tensors_of(file("real_esrgan_x4")), "params_ema.");
  const support::ScratchFolder folder;
  for (const char* naming : {"esrgan", "bsrgan"}) {
    CAPTURE(naming);
    tensor::io::NamedTensors renamed;
    for (const auto& [name, value] : tensors) {
      renamed.emplace_back(namings.at(naming).at(name).get<std::string>(), value);
    }
    tensor::io::write_safetensors(folder.path() / naming, renamed);
    CHECK(support::difference(*open_upscaler(folder.path() / naming), *net) == "");
  }
  // An x2 of the oldest naming has one doubling: the layers behind it have other numbers.
  tensor::io::NamedTensors x2;
  for (const auto& [name, value] : tensors) {
    std::string theirs = namings.at("esrgan").at(name);
    if (theirs.starts_with("model.6.")) continue;
    if (theirs.starts_with("model.8.")) theirs.replace(6, 1, "5");
    if (theirs.starts_with("model.10.")) theirs.replace(6, 2, "7");
    x2.emplace_back(theirs, value);
  }
  tensor::io::write_safetensors(folder.path() / "x2", x2);
  CHECK(open_upscaler(folder.path() / "x2")->scale() == 2);
}

TEST_CASE("upscaler: an image of odd sides and its tiles") {
  for (const char* name : {"real_esrgan_x4", "real_esrgan_x2"}) {
    CAPTURE(name);
    const auto net = open_upscaler(file(name));
    const Image image = waves(37, 45);
    const Image whole = upscale(*net, image);
    CHECK(whole.height == net->scale() * 37);
    CHECK(whole.width == net->scale() * 45);
    // The tiny net sees 46 pixels far, weakly: with a margin of 16 little is left of it.
    CHECK(largest_difference(upscale(*net, image, {.side = 16, .margin = 16}), whole) <= 1);
    CHECK(largest_difference(upscale(*net, image, {.side = 16, .margin = 0}), whole) > 1);
  }
}

TEST_CASE("upscaler: to a size it runs until no side is too small, then Lanczos") {
  const auto net = open_upscaler(file("real_esrgan_x2"));
  const Image image = waves(10, 12);
  const Image once = upscale(*net, image), twice = upscale(*net, once);
  CHECK(upscale_to(*net, image, {20, 24}).pixels == once.pixels);
  CHECK(upscale_to(*net, image, {16, 24}).pixels == resize_lanczos(once, 16, 24).pixels);
  CHECK(upscale_to(*net, image, {30, 30}).pixels == resize_lanczos(twice, 30, 30).pixels);
  CHECK_THROWS_AS(upscale(*net, {1 << 13, 1 << 13, {}}), std::runtime_error);
}

TEST_CASE("upscaler: other files are refused in one sentence") {
  const Tensor x = Tensor::zeros({2, 2});
  CHECK(
      has(message_for({{"conv_in.weight", x}}), "holds conv_in.weight ...; expected an upscaler"));
  CHECK(has(message_for({{"layers.0.residual_group.x", x}}), "holds a SwinIR, HAT or DAT"));
  CHECK(has(message_for({{"model.1.sub.0.RDB1.conv1x1.weight", x}}), "holds an ESRGAN+"));
  CHECK(has(message_for({{"params.body.0.weight", x}}), "holds an SRVGGNetCompact"));
  CHECK(has(message_for({{"body.0.rdb1.conv1.weight", x}}), "has no tensor conv_first.weight"));

  auto tensors = support::tensors_of(file("real_esrgan_x2"));
  const auto with_first = [&](const Tensor& weight) {
    auto changed = tensors;
    for (auto& [name, value] : changed) {
      if (name == "conv_first.weight") value = weight;
    }
    return message_for(changed);
  };
  CHECK(has(with_first(Tensor::zeros({4, 4, 3, 3})), "its first layer takes 4 channels"));
  CHECK(has(with_first(Tensor::zeros({4, 12})), "expected a convolution's weight"));
  tensors.emplace_back("conv_up9.weight", x);
  CHECK(has(message_for(tensors), "unused in file (1):\n    conv_up9.weight"));
}
