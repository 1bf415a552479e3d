#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>

#include "sdxl/image_prompt/add_ip_adapters.h"
#include "sdxl/image_prompt/ip_adapter_file.h"
#include "tests/support/odd_models.h"
#include "tests/support/paths.h"

// IP-Adapters that do not fit: each is refused in one sentence that says why.

using namespace sdxl;
using tensor::io::NamedTensors;

namespace {

NamedTensors tensors_of_kind(const std::string& kind) {
  return support::tensors_of(
      support::test_file("goldens/adapters/ip_adapter_" + kind + ".safetensors"));
}

std::string message_of_file(const std::filesystem::path& file,
                            const std::filesystem::path& encoder) {
  static StableDiffusionXL model(open_checkpoint(support::tiny_model("three_levels_f32")));
  try {
    const tensor::Image grey = {9, 9, std::vector<uint8_t>(243, 99)};
    add_ip_adapters(model, {{.file = file, .images = {grey}}}, encoder);
    return "";
  } catch (const std::runtime_error& error) {
    CHECK(model.unet.encoder_hid_proj() == nullptr);
    return error.what();
  }
}

/// The message with which a file of these tensors is refused.
std::string message_for(const NamedTensors& tensors) {
  const support::ScratchFolder folder;
  const std::filesystem::path file = folder.path() / "a.safetensors";
  tensor::io::write_safetensors(file, tensors);
  return message_of_file(file, support::tiny_model("image_encoder_f16"));
}

/// A copy with one tensor in another place or shape; an empty value removes it.
NamedTensors with(NamedTensors tensors, const std::string& name, const Tensor& value) {
  const auto place =
      std::ranges::find(tensors, name, [](const auto& entry) { return entry.first; });
  if (place != tensors.end()) tensors.erase(place);
  if (!value.empty()) tensors.emplace_back(name, value);
  return tensors;
}

bool has(const std::string& message, const std::string& text) {
  CAPTURE(message);
  CHECK(message.find(text) != std::string::npos);
  return message.find(text) != std::string::npos;
}

Tensor zeros(int64_t rows, int64_t columns) { return Tensor::zeros({rows, columns}); }

}  // namespace

TEST_CASE("ip-adapter: of another family or kind it is refused by its name") {
  const NamedTensors plain = tensors_of_kind("plain");
  CHECK(has(message_for(with(plain, "ip_adapter.1.to_k_ip.weight", zeros(320, 768))),
            "is an IP-Adapter for Stable Diffusion 1: its tokens have 768 numbers, and this UNet "
            "takes 28"));
  CHECK(has(message_for(with(plain, "ip_adapter.0.to_k_lora.down.weight", zeros(2, 16))),
            "holds an IP-Adapter FaceID, which takes the embedding of a face recogniser"));
  CHECK(has(message_for({{"image_proj.perceiver_resampler.proj_in.weight", zeros(2, 2)},
                         {"image_proj.proj.0.weight", zeros(2, 2)}}),
            "holds an IP-Adapter FaceID Plus"));
  CHECK(has(message_for({{"image_proj.proj.0.weight", zeros(2, 2)},
                         {"image_proj.proj.3.weight", zeros(2, 2)}}),
            "holds an IP-Adapter for full faces"));
  CHECK(has(message_for({{"lora_unet_x.lora_down.weight", zeros(2, 2)}}), "(for --lora)"));
  CHECK(has(message_for({{"vision_model.x", zeros(2, 2)}}), "(for --ip-encoder)"));
  CHECK(has(message_for({{"x", zeros(2, 2)}}), "holds x ...; expected an IP-Adapter for SDXL"));
}

TEST_CASE("ip-adapter: tensors that are missing, left over or of another shape are named") {
  const NamedTensors plain = tensors_of_kind("plain"), plus = tensors_of_kind("plus");
  CHECK(has(message_for(with(plain, "ip_adapter.23.to_k_ip.weight", zeros(16, 28))),
            "1 of 27 tensors have no place in this model: ip_adapter.23.to_k_ip.weight"));
  CHECK(has(message_for(with(plain, "ip_adapter.21.to_v_ip.weight", {})),
            "has no tensor ip_adapter.21.to_v_ip.weight"));
  CHECK(has(message_for(with(plain, "ip_adapter.3.to_v_ip.weight", zeros(12, 28))),
            "ip_adapter.3.to_v_ip.weight: expected (16, 28), got (12, 28)"));
  CHECK(has(message_for(with(plain, "image_proj.norm.weight", zeros(2, 14))),
            "image_proj.norm.weight: expected 1 sizes above 0, got (2, 14)"));
  CHECK(has(message_for(with(plain, "image_proj.norm.weight", Tensor::zeros({56}))),
            "its projector makes 2 tokens of 56 numbers; expected tokens of 28"));
  CHECK(has(message_for(with(plus, "image_proj.layers.2.0.to_kv.weight", zeros(255, 10))),
            "image_proj.layers.2.0.to_kv.weight: expected (256, 10), got (255, 10)"));
  CHECK(has(message_for(with(plus, "image_proj.layers.0.0.to_q.weight", zeros(96, 10))),
            "expected heads of 64 channels, got 96"));
  CHECK(has(message_for(with(plus, "image_proj.layers.0.0.to_q.weight", {})),
            "has no tensor image_proj.layers.0.0.to_q.weight"));
  CHECK(has(message_for(with(plus, "image_proj.layers.3.0.to_q.weight", {})),
            "tensors have no place in this model: image_proj.layers.3.0."));
}

TEST_CASE("ip-adapter: an encoder of another width, or none, is refused") {
  const support::ModelCopy wide("image_encoder_f16");
  wide.edit("config.json", [](nlohmann::json& json) { json["projection_dim"] = 12; });
  wide.edit_weights("model.safetensors", [](NamedTensors& tensors) {
    tensors = with(tensors, "visual_projection.weight", zeros(12, 24));
  });
  const auto plain = support::test_file("goldens/adapters/ip_adapter_plain.safetensors");
  CHECK(has(message_of_file(plain, wide.folder()),
            "takes an image embedding of 10 numbers, and the image encoder"));
  CHECK(has(message_of_file(plain, ""), "has no folder image_encoder beside it"));

  const support::ScratchFolder folder;
  std::ofstream(folder.path() / "ip.bin") << "PK\x03\x04 a pickle in a ZIP archive";
  CHECK(has(message_of_file(folder.path() / "ip.bin", wide.folder()), "which is not read"));
}
