#include <doctest/doctest.h>

#include "nn/observe/compare.h"
#include "sdxl/vision/clip_pixels.h"
#include "sdxl/vision/open_vision_model.h"
#include "tensor/ops.h"
#include "tests/support/golden.h"
#include "tests/support/names.h"
#include "tests/support/odd_models.h"

// The tiny image encoder of tests/make_goldens/ip_adapter.py against transformers'.

using namespace sdxl;
using support::Golden;
using support::ModelCopy;

namespace {

tensor::Image image_of(const Tensor& x) {
  return {x.dim(0), x.dim(1), std::vector<uint8_t>(x.data(), x.data() + x.size())};
}

std::shared_ptr<const CLIPVisionModel> open_tiny() {
  return open_vision_model(support::tiny_model("image_encoder_f16"), "", "");
}

/// The message with which a path is refused; "" if it isn't.
std::string message_for(const std::filesystem::path& path) {
  try {
    open_vision_model(path, "", "");
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

const char* const weights = "model.safetensors";

}  // namespace

TEST_CASE("vision: the pixels of a wide and a high image are the image processor's") {
  const Golden golden("clip_vision");
  const Tensor pixels = golden.input("pixel_values");
  const auto own = [&](const char* name) { return clip_pixels(image_of(golden.input(name)), 30); };
  const nn::Difference d = nn::difference("", concat(own("wide"), own("high"), 0), pixels);
  CHECK(d.max_absolute < 1e-6);
  CHECK_THROWS_AS(clip_pixels({1, 1 << 22, std::vector<uint8_t>(3 << 22)}, 224),
                  std::invalid_argument);
}

TEST_CASE("vision: every module computes what transformers computes") {
  const Golden golden("clip_vision");
  const auto model = open_tiny();
  // The golden leaves out what is inside the second of the three layers.
  const nn::Recorder recorder(
      [](const std::string& path) { return path.find(".layers.1.") == std::string::npos; });
  const ImageFeatures features = model->forward(golden.input("pixel_values"));
  CHECK(golden.compare(recorder, 1e-5) == "");
  REQUIRE(features.hidden_states.size() == 4);
  CHECK_FALSE(golden.has_input("hidden_states.4"));
  for (size_t i = 0; i < features.hidden_states.size(); ++i) {
    const std::string name = "hidden_states." + std::to_string(i);
    CHECK(nn::difference(name, features.hidden_states[i], golden.input(name)).relative < 1e-5);
  }
  CHECK_THROWS_WITH_AS(model->forward(Tensor::zeros({1, 3, 30, 28})),
                       "vision_model.embeddings: expects pixels (N, 3, 30, 30), got (1, 3, 30, 28)",
                       std::invalid_argument);
}

TEST_CASE("vision: the published encoders have their numbers of parameters") {
  const CLIPVisionModel l(nn::root(), ClipVisionConfig::clip_l());
  CHECK(support::count_parameters(l) == 303'966'208);
  const CLIPVisionModel h(nn::root(), ClipVisionConfig::openclip_h());
  CHECK(support::count_parameters(h) == 632'076'800);
  const CLIPVisionModel g(nn::root(), ClipVisionConfig::openclip_bigg());
  CHECK(support::count_parameters(g) == 1'844'907'264);
}

TEST_CASE("vision: of a whole CLIP the image half is taken, with the config inside its own") {
  const ModelCopy copy("image_encoder_f16");
  copy.edit_weights(weights, [](tensor::io::NamedTensors& tensors) {
    tensors.emplace_back("text_model.final_layer_norm.weight", Tensor::zeros({3}));
    tensors.emplace_back("text_projection.weight", Tensor::zeros({3, 3}));
    tensors.emplace_back("logit_scale", Tensor::zeros({1}));
  });
  copy.edit("config.json", [](nlohmann::json& json) {
    nlohmann::json inner = json;
    inner.erase("architectures");
    inner["projection_dim"] = 512;  // as LAION's file has it
    json = {{"architectures", {"CLIPModel"}}, {"projection_dim", 10}, {"vision_config", inner}};
  });
  const auto whole = open_vision_model(copy.folder(), "", "");
  CHECK(support::difference(*whole, *open_tiny()) == "");
  CHECK(support::difference(*open_vision_model(copy.folder() / weights, "", ""), *whole) == "");
}

TEST_CASE("vision: what is no image encoder is refused in one sentence") {
  const ModelCopy copy("image_encoder_f16");
  const auto with = [&](const tensor::io::NamedTensors& tensors) {
    tensor::io::write_safetensors(copy.path() / "a.safetensors", tensors);
    return message_for(copy.path() / "a.safetensors");
  };
  const Tensor x = Tensor::zeros({7});
  CHECK(has(with({{"visual.conv1.weight", x}}), "holds a CLIP by OpenCLIP's names; expected"));
  CHECK(has(with({{"text_model.final_layer_norm.weight", x}}), "holds a text encoder alone"));
  CHECK(has(with({{"image_proj.latents", x}}), "holds an IP-Adapter"));
  CHECK(has(with({{"conv_in.weight", x}}), "holds no image encoder"));
  CHECK(has(with({{"vision_model.embeddings.class_embedding", x}}),
            "an image encoder of 7 channels without a config.json beside it"));
  CHECK(has(message_for(copy.path() / "none"), "there is no such folder or file"));

  copy.edit("config.json", [](nlohmann::json& json) { json["patch_size"] = 31; });
  CHECK(has(message_for(copy.folder()), "a patch of 31 pixels is larger than an image of 30"));
  copy.edit("config.json", [](nlohmann::json& json) { json["vision_config"] = 3; });
  CHECK(has(message_for(copy.folder()), "vision_config: expected an object, got 3"));
  std::filesystem::remove(copy.folder() / "config.json");
  CHECK(has(message_for(copy.folder()), "has no config.json"));
}
