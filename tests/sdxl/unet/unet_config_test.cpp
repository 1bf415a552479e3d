#include "sdxl/unet/unet_config.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "sdxl/unet/unet_2d_condition.h"
#include "tests/support/names.h"

using nlohmann::json;
using sdxl::ConfigReader;
using sdxl::UNetConfig;

namespace {

/// SDXL base's config.json, as published.
json base() {
  return json::parse(R"({
      "_class_name": "UNet2DConditionModel", "_diffusers_version": "0.19.0.dev0",
      "act_fn": "silu", "addition_embed_type": "text_time", "addition_embed_type_num_heads": 64,
      "addition_time_embed_dim": 256, "attention_head_dim": [5, 10, 20],
      "block_out_channels": [320, 640, 1280], "center_input_sample": false,
      "class_embed_type": null, "class_embeddings_concat": false, "conv_in_kernel": 3,
      "conv_out_kernel": 3, "cross_attention_dim": 2048, "cross_attention_norm": null,
      "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
      "downsample_padding": 1, "dual_cross_attention": false, "encoder_hid_dim": null,
      "encoder_hid_dim_type": null, "flip_sin_to_cos": true, "freq_shift": 0, "in_channels": 4,
      "layers_per_block": 2, "mid_block_only_cross_attention": null, "mid_block_scale_factor": 1,
      "mid_block_type": "UNetMidBlock2DCrossAttn", "norm_eps": 1e-05, "norm_num_groups": 32,
      "num_attention_heads": null, "num_class_embeds": null, "only_cross_attention": false,
      "out_channels": 4, "projection_class_embeddings_input_dim": 2816,
      "resnet_out_scale_factor": 1.0, "resnet_skip_time_act": false,
      "resnet_time_scale_shift": "default", "sample_size": 128, "time_cond_proj_dim": null,
      "time_embedding_act_fn": null, "time_embedding_dim": null,
      "time_embedding_type": "positional", "timestep_post_act": null,
      "transformer_layers_per_block": [1, 2, 10],
      "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
      "upcast_attention": null, "use_linear_projection": true})");
}

/// A config small enough to build thousands of: two levels, attention on the lower one.
json small() {
  json config = base();
  config["block_out_channels"] = {6, 12};
  config["down_block_types"] = {"DownBlock2D", "CrossAttnDownBlock2D"};
  config["up_block_types"] = {"CrossAttnUpBlock2D", "UpBlock2D"};
  config["attention_head_dim"] = 4;
  config["norm_num_groups"] = 3;
  config["transformer_layers_per_block"] = {0, 1};
  return config;
}

UNetConfig read(const json& config) {
  return UNetConfig::read(ConfigReader::parse(config.dump(), "unet/config.json"));
}

/// The error message of the small config when one field has `value`; "" when it is valid.
std::string message(const std::string& field, const json& value) {
  json config = small();
  config[field] = value;
  try {
    read(config);
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("unet config: the published file of SDXL base gives the base model") {
  const sdxl::UNet2DConditionModel unet(nn::root(), read(base()));
  CHECK(support::compare_names(unet, "unet_base") == "");
  CHECK(read(base()).sample_size == 128);
}

TEST_CASE("unet config: the file of SD 1.5, which lacks most fields, gives its model") {
  const json config = json::parse(R"({
      "_class_name": "UNet2DConditionModel", "_diffusers_version": "0.6.0", "act_fn": "silu",
      "attention_head_dim": 8, "block_out_channels": [320, 640, 1280, 1280],
      "center_input_sample": false, "cross_attention_dim": 768,
      "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D",
                           "DownBlock2D"],
      "downsample_padding": 1, "flip_sin_to_cos": true, "freq_shift": 0, "in_channels": 4,
      "layers_per_block": 2, "mid_block_scale_factor": 1, "norm_eps": 1e-05,
      "norm_num_groups": 32, "out_channels": 4, "sample_size": 64,
      "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D",
                         "CrossAttnUpBlock2D"]})");
  const sdxl::UNet2DConditionModel unet(nn::root(), read(config));
  CHECK(support::compare_names(unet, "unet_sd15") == "");
}

TEST_CASE("unet config: one number stands for all levels") {
  const UNetConfig c = read(small());
  CHECK(c.layers_per_block == std::vector<int64_t>{2, 2});
  CHECK(c.attention_heads == std::vector<int64_t>{4, 4});
}

TEST_CASE("unet config: a level without attention may have any number of heads") {
  CHECK(message("attention_head_dim", {5, 4}) == "");  // 6 channels of level 0 don't divide by 5
  CHECK(message("attention_head_dim", {4, 5}) ==
        "unet/config.json: attention_head_dim: level 1 has 12 channels, which 5 doesn't divide");
  CHECK(message("num_attention_heads", 5) ==
        "unet/config.json: num_attention_heads: level 1 has 12 channels, which 5 doesn't divide");
}

TEST_CASE("unet config: unsupported features are refused with field and value") {
  CHECK(
      message("class_embed_type", "timestep") ==
      "unet/config.json: class_embed_type: expected null, got \"timestep\"; this feature of other "
      "models is not built here");
  CHECK(message("down_block_types", {"DownBlock2D", "AttnDownBlock2D"}) ==
        "unet/config.json: down_block_types: expected DownBlock2D or CrossAttnDownBlock2D, got "
        "AttnDownBlock2D");
  CHECK(message("resnet_time_scale_shift", "scale_shift") ==
        "unet/config.json: resnet_time_scale_shift: expected default, got scale_shift");
  for (const auto& [field, value] : std::vector<std::pair<std::string, json>>{
           {"num_class_embeds", 10},
           {"encoder_hid_dim", 4},
           {"encoder_hid_dim_type", "text_proj"},
           {"time_embedding_dim", 7},
           {"time_embedding_act_fn", "silu"},
           {"timestep_post_act", "silu"},
           {"cross_attention_norm", "layer_norm"},
           {"mid_block_only_cross_attention", true},
           {"dual_cross_attention", true},
           {"only_cross_attention", true},
           {"resnet_skip_time_act", true},
           {"center_input_sample", true},
           {"class_embeddings_concat", true},
           {"act_fn", "gelu"},
           {"mid_block_type", "UNetMidBlock2DSimpleCrossAttn"},
           {"only_cross_attention", {false, true}},
           {"time_embedding_type", "fourier"},
           {"attention_type", "gated"},
           {"addition_embed_type", "text"},
           {"downsample_padding", 0},
           {"mid_block_scale_factor", 2},
           {"resnet_out_scale_factor", 1.5},
           {"conv_in_kernel", 5},
           {"conv_out_kernel", 1},
           {"_class_name", "AutoencoderKL"}}) {
    const std::string& name = field;  // clang 14 takes no structured binding into a lambda
    CAPTURE(name);
    const std::string text = message(field, value);
    CHECK(text.starts_with("unet/config.json: "));
    CHECK((field == "_class_name" || text.find(field) != std::string::npos));
  }
}

TEST_CASE("unet config: impossible values are refused with the field") {
  CHECK(message("block_out_channels", {7, 12}) ==
        "unet/config.json: norm_num_groups: level 0 has 7 channels, which 3 doesn't divide");
  CHECK(message("block_out_channels", json::array()) ==
        "unet/config.json: block_out_channels: expected 1 to 8 levels, got 0");
  CHECK(message("up_block_types", {"UpBlock2D"}) ==
        "unet/config.json: up_block_types: expected one block for each of 2 levels, got 1");
  CHECK(message("layers_per_block", {1, 2, 3}) ==
        "unet/config.json: layers_per_block: expected one number for each of 2 levels, got 3");
  const int64_t huge = int64_t{1} << 60;
  for (const auto& [field, value] :
       std::vector<std::pair<std::string, json>>{{"in_channels", 0},
                                                 {"in_channels", huge},
                                                 {"out_channels", -4},
                                                 {"block_out_channels", {huge, huge}},
                                                 {"block_out_channels", {0, 12}},
                                                 {"block_out_channels", "320"},
                                                 {"layers_per_block", 0},
                                                 {"layers_per_block", huge},
                                                 {"transformer_layers_per_block", huge},
                                                 {"transformer_layers_per_block", {1, {2}}},
                                                 {"transformer_layers_per_block", {1, {2, 1.5}}},
                                                 {"transformer_layers_per_block", {1}},
                                                 {"attention_head_dim", 0},
                                                 {"attention_head_dim", huge},
                                                 {"cross_attention_dim", -1},
                                                 {"cross_attention_dim", {8, 9}},
                                                 {"norm_num_groups", 0},
                                                 {"norm_num_groups", huge},
                                                 {"norm_eps", 0},
                                                 {"norm_eps", "small"},
                                                 {"time_cond_proj_dim", -1},
                                                 {"addition_time_embed_dim", 0},
                                                 {"addition_time_embed_dim", nullptr},
                                                 {"projection_class_embeddings_input_dim", huge},
                                                 {"use_linear_projection", 1},
                                                 {"sample_size", {64, 96}}}) {
    const std::string& name = field;  // clang 14 takes no structured binding into a lambda
    CAPTURE(name);
    CHECK(message(field, value).starts_with("unet/config.json: " + field));
  }
}

TEST_CASE("unet config: JSON's other spellings of a value mean what they mean in Python") {
  json config = small();
  config["sample_size"] = {64, 64};
  config["layers_per_block"] = 2.0;
  config["block_out_channels"] = {6.0, 12};
  config["cross_attention_dim"] = {2048, 2048};
  config["only_cross_attention"] = {false, false};
  config["dual_cross_attention"] = nullptr;
  config["time_embedding_dim"] = 24;    // four times the first level's, as without it
  config["flip_sin_to_cos"] = nullptr;  // None is false
  const UNetConfig c = read(config);
  CHECK(c.sample_size == 64);
  CHECK(c.layers_per_block == std::vector<int64_t>{2, 2});
  CHECK(c.block_out_channels == std::vector<int64_t>{6, 12});
  CHECK(c.cross_attention_dim == 2048);
  CHECK_FALSE(c.flip_sin_to_cos);
}

TEST_CASE("unet config: depths for each layer need those of the up blocks when they differ") {
  json config = small();
  config["transformer_layers_per_block"] = {0, {1, 2}};
  CHECK_THROWS_WITH(read(config),
                    doctest::Contains("reverse_transformer_layers_per_block: expected a list"));
  config["reverse_transformer_layers_per_block"] = {{3, 2, 1}, 0};
  config["mid_block_type"] = nullptr;
  const UNetConfig c = read(config);
  CHECK(c.mid_block_type == sdxl::BlockType::none);
  CHECK(c.down_depths == std::vector<std::vector<int64_t>>{{0, 0}, {1, 2}});
  CHECK(c.up_depths == std::vector<std::vector<int64_t>>{{0, 0, 0}, {3, 2, 1}});
  config["reverse_transformer_layers_per_block"] = {{3, 2}, 0};
  CHECK_THROWS_WITH(read(config), doctest::Contains("level 0: expected a whole number, or 3"));
}
