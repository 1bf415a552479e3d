#include "sdxl/vision/clip_vision_config.h"

#include "tensor/error.h"

namespace sdxl {

namespace {

constexpr IntegerRange sizes = {1, 1'000'000};
constexpr IntegerRange sides = {1, 4096};

}  // namespace

int64_t ClipVisionConfig::patches() const {
  const int64_t side = image_size / patch_size;
  return side * side;
}

ClipEncoderConfig ClipVisionConfig::layers() const {
  return {.hidden_size = hidden_size,
          .intermediate_size = intermediate_size,
          .num_hidden_layers = num_hidden_layers,
          .num_attention_heads = num_attention_heads,
          .hidden_act = hidden_act,
          .layer_norm_eps = layer_norm_eps,
          .mask = tensor::Mask::none};
}

ClipVisionConfig ClipVisionConfig::read(const ConfigReader& json) {
  json.expect_class({"CLIPVisionModelWithProjection"});
  json.expect_text("hidden_act", {"quick_gelu", "gelu"});
  json.expect_number("num_channels", 3);
  ClipVisionConfig c;
  c.hidden_size = json.integer("hidden_size", sizes, c.hidden_size);
  c.intermediate_size = json.integer("intermediate_size", sizes, c.intermediate_size);
  c.num_hidden_layers = json.integer("num_hidden_layers", sizes, c.num_hidden_layers);
  c.num_attention_heads = json.integer("num_attention_heads", sizes, c.num_attention_heads);
  c.image_size = json.size("image_size", sides, c.image_size);
  c.patch_size = json.size("patch_size", sides, c.patch_size);
  if (json.text("hidden_act", "quick_gelu") == "gelu") c.hidden_act = ClipActivation::gelu;
  c.layer_norm_eps = static_cast<float>(json.number("layer_norm_eps", c.layer_norm_eps));
  c.projection_dim = json.integer("projection_dim", sizes, c.projection_dim);
  if (c.hidden_size % c.num_attention_heads != 0) {
    json.error("hidden_size", tensor::format("{} channels don't divide into {} attention heads",
                                             c.hidden_size, c.num_attention_heads));
  }
  if (c.patch_size > c.image_size) {
    json.error("patch_size", tensor::format("a patch of {} pixels is larger than an image of {}",
                                            c.patch_size, c.image_size));
  }
  return c;
}

ClipVisionConfig ClipVisionConfig::clip_l() {
  return {.hidden_size = 1024,
          .intermediate_size = 4096,
          .num_hidden_layers = 24,
          .num_attention_heads = 16,
          .patch_size = 14,
          .projection_dim = 768};
}

ClipVisionConfig ClipVisionConfig::openclip_h() {
  return {.hidden_size = 1280,
          .intermediate_size = 5120,
          .num_hidden_layers = 32,
          .num_attention_heads = 16,
          .patch_size = 14,
          .hidden_act = ClipActivation::gelu,
          .projection_dim = 1024};
}

ClipVisionConfig ClipVisionConfig::openclip_bigg() {
  return {.hidden_size = 1664,
          .intermediate_size = 8192,
          .num_hidden_layers = 48,
          .num_attention_heads = 16,
          .patch_size = 14,
          .hidden_act = ClipActivation::gelu,
          .projection_dim = 1280};
}

}  // namespace sdxl
