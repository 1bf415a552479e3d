#include "sdxl/text/clip_text_config.h"

#include "tensor/error.h"

namespace sdxl {

namespace {

constexpr IntegerRange sizes = {1, 1'000'000};

}  // namespace

ClipTextConfig ClipTextConfig::read(const ConfigReader& json) {
  json.expect_class({"CLIPTextModel", "CLIPTextModelWithProjection"});
  json.expect_text("hidden_act", {"quick_gelu", "gelu"});
  ClipTextConfig c;
  c.vocab_size = json.integer("vocab_size", sizes, c.vocab_size);
  c.max_position_embeddings =
      json.integer("max_position_embeddings", sizes, c.max_position_embeddings);
  c.hidden_size = json.integer("hidden_size", sizes, c.hidden_size);
  c.intermediate_size = json.integer("intermediate_size", sizes, c.intermediate_size);
  c.num_hidden_layers = json.integer("num_hidden_layers", sizes, c.num_hidden_layers);
  c.num_attention_heads = json.integer("num_attention_heads", sizes, c.num_attention_heads);
  if (json.text("hidden_act", "quick_gelu") == "gelu") c.hidden_act = ClipActivation::gelu;
  c.layer_norm_eps = static_cast<float>(json.number("layer_norm_eps", c.layer_norm_eps));
  c.eos_token_id = json.integer("eos_token_id", c.eos_token_id);
  if (json.class_name() == "CLIPTextModelWithProjection") {
    c.projection_dim = json.integer("projection_dim", sizes, 512);
  }
  if (c.hidden_size % c.num_attention_heads != 0) {
    json.error("hidden_size", tensor::format("{} channels don't divide into {} attention heads",
                                             c.hidden_size, c.num_attention_heads));
  }
  return c;
}

ClipTextConfig::operator ClipEncoderConfig() const {
  return {.hidden_size = hidden_size,
          .intermediate_size = intermediate_size,
          .num_hidden_layers = num_hidden_layers,
          .num_attention_heads = num_attention_heads,
          .hidden_act = hidden_act,
          .layer_norm_eps = layer_norm_eps,
          .mask = tensor::Mask::causal};
}

ClipTextConfig ClipTextConfig::clip_l() {
  return {
      .hidden_size = 768,
      .intermediate_size = 3072,
      .num_hidden_layers = 12,
      .num_attention_heads = 12,
      .hidden_act = ClipActivation::quick_gelu,
      .eos_token_id = 2,
      .projection_dim = 0,
  };
}

ClipTextConfig ClipTextConfig::openclip_bigg() {
  return {
      .hidden_size = 1280,
      .intermediate_size = 5120,
      .num_hidden_layers = 32,
      .num_attention_heads = 20,
      .hidden_act = ClipActivation::gelu,
      .eos_token_id = 2,
      .projection_dim = 1280,
  };
}

ClipTextConfig ClipTextConfig::openclip_h() {
  return {
      .hidden_size = 1024,
      .intermediate_size = 4096,
      .num_hidden_layers = 23,  // of 24: the last one is not used
      .num_attention_heads = 16,
      .hidden_act = ClipActivation::gelu,
      .eos_token_id = 2,
      .projection_dim = 0,
  };
}

}  // namespace sdxl
