#include "sdxl/text/clip_text_config.h"

#include "tensor/error.h"

namespace sdxl {

namespace {

int64_t read_size(const ConfigReader& json, const char* field, int64_t fallback) {
  constexpr int64_t largest = 1000000;
  const int64_t value = json.integer(field, fallback);
  if (value < 1 || value > largest) {
    json.error(field, tensor::format("expected 1 to {}, got {}", largest, value));
  }
  return value;
}

}  // namespace

ClipTextConfig ClipTextConfig::read(const ConfigReader& json) {
  json.expect_class({"CLIPTextModel", "CLIPTextModelWithProjection"});
  json.expect_text("hidden_act", {"quick_gelu", "gelu"});
  ClipTextConfig c;
  c.vocab_size = read_size(json, "vocab_size", c.vocab_size);
  c.max_position_embeddings = read_size(json, "max_position_embeddings", c.max_position_embeddings);
  c.hidden_size = read_size(json, "hidden_size", c.hidden_size);
  c.intermediate_size = read_size(json, "intermediate_size", c.intermediate_size);
  c.num_hidden_layers = read_size(json, "num_hidden_layers", c.num_hidden_layers);
  c.num_attention_heads = read_size(json, "num_attention_heads", c.num_attention_heads);
  if (json.text("hidden_act", "quick_gelu") == "gelu") c.hidden_act = ClipActivation::gelu;
  c.layer_norm_eps = static_cast<float>(json.number("layer_norm_eps", c.layer_norm_eps));
  c.eos_token_id = json.integer("eos_token_id", c.eos_token_id);
  if (json.class_name() == "CLIPTextModelWithProjection") {
    c.projection_dim = read_size(json, "projection_dim", 512);
  }
  if (c.hidden_size % c.num_attention_heads != 0) {
    json.error("hidden_size", tensor::format("{} channels don't divide into {} attention heads",
                                             c.hidden_size, c.num_attention_heads));
  }
  return c;
}

ClipTextConfig ClipTextConfig::clip_l() {
  ClipTextConfig c;
  c.hidden_size = 768;
  c.intermediate_size = 3072;
  c.num_hidden_layers = 12;
  c.num_attention_heads = 12;
  c.eos_token_id = 2;
  return c;
}

ClipTextConfig ClipTextConfig::openclip_bigg() {
  ClipTextConfig c;
  c.hidden_size = 1280;
  c.intermediate_size = 5120;
  c.num_hidden_layers = 32;
  c.num_attention_heads = 20;
  c.hidden_act = ClipActivation::gelu;
  c.eos_token_id = 2;
  c.projection_dim = 1280;
  return c;
}

ClipTextConfig ClipTextConfig::openclip_h() {
  ClipTextConfig c;
  c.hidden_size = 1024;
  c.intermediate_size = 4096;
  c.num_hidden_layers = 23;
  c.num_attention_heads = 16;
  c.hidden_act = ClipActivation::gelu;
  c.eos_token_id = 2;
  return c;
}

}  // namespace sdxl
