#include <doctest/doctest.h>

#include <functional>

#include "sdxl/adapters/add_adapters.h"
#include "tests/support/odd_models.h"
#include "tests/support/paths.h"

// Adapters that do not fit: each is refused in one sentence that says why.

using namespace sdxl;
using tensor::Tensor;
using tensor::io::NamedTensors;

namespace {

const std::string to_q = "mid_block_attentions_0_transformer_blocks_0_attn1_to_q";
const std::string to_k = "mid_block_attentions_0_transformer_blocks_0_attn2_to_k";

/// The message with which a file of these tensors is refused; "" if it isn't.
std::string message_for(const NamedTensors& tensors,
                        const std::map<std::string, std::string>& metadata = {}) {
  static StableDiffusionXL model(open_checkpoint(support::tiny_model("three_levels_f32")));
  const support::ScratchFolder folder;
  const std::filesystem::path file = folder.path() / "a.safetensors";
  tensor::io::write_safetensors(file, tensors, metadata);
  try {
    add_adapters(model, {{file, 0.0}});
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

Tensor zeros(int64_t rows, int64_t columns) { return Tensor::zeros({rows, columns}); }

/// A LoRA of one layer of the UNet; the layer's weight is (16, 16).
NamedTensors lora(const std::string& layer, const Tensor& down, const Tensor& up) {
  return {{layer + ".lora_down.weight", down}, {layer + ".lora_up.weight", up}};
}

NamedTensors with(NamedTensors tensors, const std::string& name, const Tensor& value) {
  tensors.emplace_back(name, value);
  return tensors;
}

}  // namespace

TEST_CASE("adapters: what is left over is named, with the nearest name") {
  const NamedTensors whole = lora("lora_unet_" + to_q, zeros(2, 16), zeros(16, 2));
  CHECK(message_for(whole) == "");
  const std::string message =
      message_for(with(whole, "lora_unet_mid_blok_attentions_0_proj_in.alpha", zeros(1, 1)));
  CHECK(has(message, "1 of 3 tensors have no place in this model: lora_unet_mid_blok_"));
  CHECK(has(message, "did you mean lora_unet_mid_block_attentions_0_proj_in?"));
  CHECK(has(message_for(lora("lora_te3_x", zeros(2, 16), zeros(16, 2)),
                        {{"ss_base_model_version", "other"}}),
            "2 of 2 tensors have no place in this model"));
}

TEST_CASE("adapters: of another family of models they are refused by its name") {
  const std::string front = "lora_unet_" + to_k;
  CHECK(has(message_for(lora(front, zeros(2, 768), zeros(16, 2))),
            "is an adapter for Stable Diffusion 1: its cross-attentions take text features of 768 "
            "numbers, and this model's of 28"));
  CHECK(has(message_for(lora("lora_unet_double_blocks_0_img_attn_proj", zeros(2, 3), zeros(3, 2))),
            "is an adapter for FLUX"));
  CHECK(has(message_for({{"down_blocks.0.weight", zeros(2, 2)}}), "expected an adapter"));
}

TEST_CASE("adapters: ranks, widths, parts and alphas that do not fit are refused") {
  const std::string front = "lora_unet_" + to_q;
  CHECK(has(message_for(lora(front, zeros(4, 16), zeros(16, 2))),
            front + ": lora_up has the rank 2 and lora_down the rank 4"));
  CHECK(has(message_for(lora(front, zeros(2, 12), zeros(16, 2))),
            "changes a weight of (16, 12), but that of unet.mid_block.attentions.0."
            "transformer_blocks.0.attn1.to_q is (16, 16)"));
  CHECK(has(message_for({{front + ".lora_down.weight", zeros(2, 16)}}), "has no lora_up"));
  CHECK(has(message_for({{front + ".hada_w1_a", zeros(16, 2)}}), "has no hada_w1_b"));
  CHECK(has(message_for({{front + ".alpha", zeros(1, 1)}, {front + ".dora_scale", zeros(16, 1)}}),
            "has a factor alone"));

  const NamedTensors whole = lora(front, zeros(2, 16), zeros(16, 2));
  CHECK(has(message_for(with(whole, front + ".dora_scale", zeros(1, 3))),
            "its DoRA magnitude has 3 numbers; expected one for each of 16 outputs"));
  CHECK(has(message_for(with(whole, front + ".alpha", zeros(1, 2))), "expected one finite number"));
  CHECK(has(message_for(with(whole, front + ".lokr_w1", zeros(2, 2))),
            "has tensors of two kinds of adapters"));

  const NamedTensors twice =
      with(whole, "lora_unet_middle_block_1_transformer_blocks_0_attn1_to_q.lora_up.weight",
           zeros(16, 2));
  CHECK(has(message_for(twice), "expected one naming in a file"));
  const NamedTensors with_alpha = with(whole, front + ".alpha", Tensor::from({1}, {1.0f}));
  CHECK(message_for(with_alpha) == "");
  CHECK(has(message_for(with_alpha, {{"lora_adapter_metadata", R"({"unet.lora_alpha": 2})"}}),
            "has tensors with an alpha (1), and"));
  CHECK(has(message_for(whole, {{"lora_adapter_metadata", R"({"unet.lora_alpha": "x"})"}}),
            "unet.lora_alpha: expected a number"));
}
