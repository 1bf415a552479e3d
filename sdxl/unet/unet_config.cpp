#include "sdxl/unet/unet_config.h"

#include "tensor/error.h"

namespace sdxl {

namespace {

constexpr BlockType plain = BlockType::plain;
constexpr BlockType cross = BlockType::cross_attention;

/// Block types by name; `down` or `up` tells "DownBlock2D" from "UpBlock2D".
std::vector<BlockType> read_block_types(const ConfigReader& json, const std::string& field,
                                        const std::string& direction) {
  std::vector<BlockType> types;
  for (const std::string& name : json.texts(field)) {
    const bool is_cross = name == "CrossAttn" + direction + "Block2D";
    if (!is_cross && name != direction + "Block2D") {
      json.error(field, tensor::format("expected {}Block2D or CrossAttn{}Block2D, got {}",
                                       direction, direction, name));
    }
    types.push_back(is_cross ? cross : plain);
  }
  return types;
}

/// Fields of variants that no model of this family uses: they must be absent or at rest.
void refuse_other_variants(const ConfigReader& json) {
  for (const char* field :
       {"class_embed_type", "num_class_embeds", "encoder_hid_dim", "encoder_hid_dim_type",
        "time_embedding_dim", "time_embedding_act_fn", "timestep_post_act", "cross_attention_norm",
        "reverse_transformer_layers_per_block", "mid_block_only_cross_attention"}) {
    json.expect_null(field);
  }
  for (const char* field : {"dual_cross_attention", "only_cross_attention", "resnet_skip_time_act",
                            "center_input_sample", "class_embeddings_concat"}) {
    json.expect_flag(field, false);
  }
  json.expect_text("act_fn", {"silu", "swish"});
  json.expect_text("mid_block_type", {"UNetMidBlock2DCrossAttn"});
  json.expect_text("resnet_time_scale_shift", {"default"});
  json.expect_text("time_embedding_type", {"positional"});
  json.expect_text("attention_type", {"default"});
  json.expect_text("addition_embed_type", {"text_time"});
  json.expect_number("downsample_padding", 1);
  json.expect_number("mid_block_scale_factor", 1);
  json.expect_number("resnet_out_scale_factor", 1);
  json.expect_number("conv_in_kernel", 3);
  json.expect_number("conv_out_kernel", 3);
}

void check(const ConfigReader& json, const UNetConfig& c) {
  if (c.levels() == 0) json.error("block_out_channels", "expected at least one level");
  if (c.down_block_types.size() != c.levels() || c.up_block_types.size() != c.levels()) {
    json.error("down_block_types, up_block_types",
               tensor::format("expected one block for each of {} levels, got {} and {}", c.levels(),
                              c.down_block_types.size(), c.up_block_types.size()));
  }
  for (size_t i = 0; i < c.levels(); ++i) {
    if (c.block_out_channels[i] < 1 || c.layers_per_block[i] < 1 || c.attention_heads[i] < 1 ||
        c.transformer_layers_per_block[i] < 1 || c.norm_num_groups < 1 ||
        c.block_out_channels[i] % c.norm_num_groups != 0 ||
        c.block_out_channels[i] % c.attention_heads[i] != 0) {
      json.error(
          "block_out_channels",
          tensor::format("level {} has {} channels, which don't divide into {} norm groups and {} "
                         "attention heads (or a count is below 1)",
                         i, c.block_out_channels[i], c.norm_num_groups, c.attention_heads[i]));
    }
  }
}

}  // namespace

UNetConfig UNetConfig::read(const ConfigReader& json) {
  json.expect_class({"UNet2DConditionModel"});
  refuse_other_variants(json);
  UNetConfig c;
  c.in_channels = json.integer("in_channels", 4);
  c.out_channels = json.integer("out_channels", 4);
  c.sample_size = json.integer("sample_size", 0);
  c.block_out_channels = json.integers("block_out_channels");
  c.down_block_types = read_block_types(json, "down_block_types", "Down");
  c.up_block_types = read_block_types(json, "up_block_types", "Up");
  c.layers_per_block = json.integer_per_level("layers_per_block", c.levels(), 2);
  c.transformer_layers_per_block =
      json.integer_per_level("transformer_layers_per_block", c.levels(), 1);
  const char* heads =
      json.has("num_attention_heads") ? "num_attention_heads" : "attention_head_dim";
  c.attention_heads = json.integer_per_level(heads, c.levels(), 8);
  c.cross_attention_dim = json.integer("cross_attention_dim", 1280);
  c.use_linear_projection = json.flag("use_linear_projection", false);
  c.norm_num_groups = json.integer("norm_num_groups", 32);
  c.norm_eps = static_cast<float>(json.number("norm_eps", 1e-5));
  c.flip_sin_to_cos = json.flag("flip_sin_to_cos", true);
  c.freq_shift = static_cast<float>(json.number("freq_shift", 0));
  c.time_cond_proj_dim = json.integer("time_cond_proj_dim", 0);
  c.text_time_embedding = json.has("addition_embed_type");
  if (c.text_time_embedding) {
    c.addition_time_embed_dim = json.integer("addition_time_embed_dim");
    c.projection_class_embeddings_input_dim = json.integer("projection_class_embeddings_input_dim");
  }
  check(json, c);
  return c;
}

UNetConfig UNetConfig::sdxl_base() {
  UNetConfig c;
  c.sample_size = 128;
  c.block_out_channels = {320, 640, 1280};
  c.down_block_types = {plain, cross, cross};
  c.up_block_types = {cross, cross, plain};
  c.layers_per_block = {2, 2, 2};
  c.transformer_layers_per_block = {1, 2, 10};
  c.attention_heads = {5, 10, 20};  // 64 channels a head
  c.cross_attention_dim = 2048;     // 768 of CLIP-L and 1280 of OpenCLIP-bigG
  c.use_linear_projection = true;
  c.text_time_embedding = true;
  c.addition_time_embed_dim = 256;
  c.projection_class_embeddings_input_dim = 1280 + 6 * 256;
  return c;
}

UNetConfig UNetConfig::sdxl_refiner() {
  UNetConfig c;
  c.sample_size = 128;
  c.block_out_channels = {384, 768, 1536, 1536};
  c.down_block_types = {plain, cross, cross, plain};
  c.up_block_types = {plain, cross, cross, plain};
  c.layers_per_block = {2, 2, 2, 2};
  c.transformer_layers_per_block = {4, 4, 4, 4};
  c.attention_heads = {6, 12, 24, 24};
  c.cross_attention_dim = 1280;  // OpenCLIP-bigG alone
  c.use_linear_projection = true;
  c.text_time_embedding = true;
  c.addition_time_embed_dim = 256;
  c.projection_class_embeddings_input_dim = 1280 + 5 * 256;
  return c;
}

UNetConfig UNetConfig::sd15() {
  UNetConfig c;
  c.sample_size = 64;
  c.block_out_channels = {320, 640, 1280, 1280};
  c.down_block_types = {cross, cross, cross, plain};
  c.up_block_types = {plain, cross, cross, cross};
  c.layers_per_block = {2, 2, 2, 2};
  c.transformer_layers_per_block = {1, 1, 1, 1};
  c.attention_heads = {8, 8, 8, 8};
  c.cross_attention_dim = 768;
  return c;
}

UNetConfig UNetConfig::sd21() {
  UNetConfig c = sd15();
  c.sample_size = 96;
  c.attention_heads = {5, 10, 20, 20};
  c.cross_attention_dim = 1024;
  c.use_linear_projection = true;
  return c;
}

}  // namespace sdxl
