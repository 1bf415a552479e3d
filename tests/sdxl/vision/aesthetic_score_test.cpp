#include <doctest/doctest.h>

#include "nn/observe/compare.h"
#include "sdxl/vision/aesthetic_predictor.h"
#include "sdxl/vision/open_vision_model.h"
#include "tests/support/golden.h"
#include "tests/support/odd_models.h"
#include "tests/support/paths.h"

// The tiny predictor of tests/make_goldens/aesthetic_score.py.

using namespace sdxl;
using tensor::io::NamedTensors;

namespace {

const support::Golden& golden() {
  static const support::Golden file("aesthetic_score");
  return file;
}

/// The golden's predictor as the published file has it, with `prefix` before the names.
NamedTensors weights(const std::string& prefix = "") {
  const NamedTensors all = support::tensors_of(support::golden_path("aesthetic_score"));
  NamedTensors own;
  for (const auto& [name, value] : support::below(all, "weights/")) {
    own.emplace_back(prefix + name, value);
  }
  return own;
}

/// A predictor of a file with these tensors.
std::shared_ptr<const AestheticPredictor> open(const NamedTensors& tensors) {
  const support::ScratchFolder folder;
  tensor::io::write_safetensors(folder.path() / "p.safetensors", tensors);
  return open_aesthetic_predictor(folder.path() / "p.safetensors");
}

std::string message_for(const NamedTensors& tensors) {
  try {
    open(tensors);
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

TEST_CASE("aesthetic score: the predictor's layers and two images' scores are the reference's") {
  const auto predictor = open(weights());
  {
    const nn::Recorder recorder;
    const Tensor scores = predictor->forward(golden().input("x"));
    CHECK(golden().compare(recorder, 1e-5) == "");
    const Tensor same = open(weights("model."))->forward(golden().input("x"));
    CHECK(nn::difference("", same, scores).relative == 0.0);
  }
  const auto encoder = open_vision_model(support::tiny_model("image_encoder_f16"), "", "");
  int64_t i = 0;
  for (const char* name : {"wide", "high"}) {
    const Tensor x = golden().input(name);
    const tensor::Image image = {x.dim(0), x.dim(1),
                                 std::vector<uint8_t>(x.data(), x.data() + x.size())};
    const double expected = golden().input("scores").at({i++, 0});
    CHECK(aesthetic_score(*encoder, *predictor, image) == doctest::Approx(expected).epsilon(1e-5));
  }
}

TEST_CASE(
    "aesthetic score: a file without a predictor, or with layers that don't fit, is refused") {
  const Tensor x = Tensor::zeros({2, 2});
  CHECK(has(message_for({{"text_model.x", x}}), "holds no aesthetic predictor"));
  CHECK(has(message_for({{"layers.0.weight", x}, {"layers.2.weight", Tensor::zeros({1, 3})}}),
            "layers.2.weight: expected (outputs, 2), got (1, 3)"));
  CHECK(has(message_for({{"layers.0.weight", x}}), "its last layer gives 2 numbers"));
  CHECK(has(message_for({{"layers.0.weight", Tensor::zeros({1, 2})}}), "missing in file (1)"));
  NamedTensors more = weights();
  more.emplace_back("other", x);
  CHECK(has(message_for(more), "unused in file (1):\n    other"));

  const auto encoder = open_vision_model(support::tiny_model("image_encoder_f16"), "", "");
  const auto narrow =
      open({{"layers.0.weight", Tensor::zeros({1, 2})}, {"layers.0.bias", Tensor::zeros({1})}});
  CHECK_THROWS_WITH(aesthetic_score(*encoder, *narrow, {1, 1, {1, 2, 3}}),
                    "the predictor takes an image embedding of 2 numbers, and the CLIP gives 10; "
                    "expected the CLIP that it was trained with (ViT-L/14: 768)");
}
