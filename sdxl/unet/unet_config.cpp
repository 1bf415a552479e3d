#include "sdxl/unet/unet_config.h"

#include <algorithm>
#include <utility>

#include "tensor/error.h"

namespace sdxl {

namespace {

constexpr BlockType plain = BlockType::plain;
constexpr BlockType cross = BlockType::cross_attention;
// Far above the numbers of any model, and far below those that would overflow or fill the memory.
constexpr IntegerRange channels_range = {1, 1 << 16};
constexpr IntegerRange optional_range = {0, 1 << 16};  // 0: the model has none
constexpr IntegerRange depth_range = {0, 100};

/// Block types by name; `direction` is "Down" or "Up", as in "DownBlock2D".
std::vector<BlockType> read_block_types(const ConfigReader& json, const std::string& field,
                                        const std::string& direction) {
  std::vector<BlockType> types;
  for (const std::string& name : json.strings(field)) {
    const bool is_cross = name == "CrossAttn" + direction + "Block2D";
    if (!is_cross && name != direction + "Block2D") {
      json.error(field, tensor::format("expected {}Block2D or CrossAttn{}Block2D, got {}",
                                       direction, direction, name));
    }
    types.push_back(is_cross ? cross : plain);
  }
  return types;
}

/// Features of other models than this family's: their fields must be absent or have the default.
void refuse_other_variants(const ConfigReader& json) {
  for (const char* field :
       {"class_embed_type", "num_class_embeds", "encoder_hid_dim", "encoder_hid_dim_type",
        "time_embedding_act_fn", "timestep_post_act", "cross_attention_norm"}) {
    json.expect_null(field);
  }
  for (const char* field : {"dual_cross_attention", "resnet_skip_time_act", "center_input_sample",
                            "class_embeddings_concat", "mid_block_only_cross_attention"}) {
    json.expect_flag(field, false);
  }
  json.expect_all_false("only_cross_attention");
  json.expect_text("act_fn", {"silu", "swish"});
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

BlockType read_mid_block(const ConfigReader& json) {
  if (json.is_null("mid_block_type")) return BlockType::none;
  json.expect_text("mid_block_type", {"UNetMidBlock2DCrossAttn", "UNetMidBlock2D"});
  return json.text("mid_block_type", "") == "UNetMidBlock2D" ? plain : cross;
}

/// One width for all levels: they attend to the same text features.
int64_t read_context_width(const ConfigReader& json, size_t levels) {
  const std::vector<int64_t> widths =
      json.integer_per_level("cross_attention_dim", levels, channels_range, 1280);
  const bool is_one_width = std::ranges::count(widths, widths[0]) == std::ssize(widths);
  if (!is_one_width) json.error("cross_attention_dim", "expected one width for all levels");
  return widths[0];
}

/// Depths of the Transformer2Ds: one for each level, or in each block one for each layer.
void read_depths(const ConfigReader& json, UNetConfig& c) {
  const char* of_down = "transformer_layers_per_block";
  const char* of_up = "reverse_transformer_layers_per_block";
  const std::vector<std::vector<int64_t>> depths =
      json.integers_per_layer(of_down, c.layers_per_block, depth_range, 1);
  bool is_equal = !json.has(of_up);
  for (const std::vector<int64_t>& level : depths) {
    c.transformer_layers_per_block.push_back(level.front());
    is_equal = is_equal && std::ranges::count(level, level.front()) == std::ssize(level);
  }
  if (is_equal) return;
  if (!json.has(of_up)) json.error(of_up, "expected a list, as the down blocks' depths differ");
  std::vector<int64_t> layers(c.layers_per_block.rbegin(), c.layers_per_block.rend());
  for (int64_t& count : layers) ++count;
  c.down_depths = depths;
  c.up_depths = json.integers_per_layer(of_up, layers, depth_range, 1);
  std::ranges::reverse(c.up_depths);  // the field begins with the lowest level
}

/// The field with the number of heads: see UNetConfig::read.
const char* heads_field(const ConfigReader& json) {
  return json.has("num_attention_heads") ? "num_attention_heads" : "attention_head_dim";
}

void expect_divisible(const ConfigReader& json, const char* field, size_t level, int64_t channels,
                      int64_t parts) {
  if (channels % parts == 0) return;
  json.error(field, tensor::format("level {} has {} channels, which {} doesn't divide", level,
                                   channels, parts));
}

void check_level(const ConfigReader& json, const UNetConfig& c, size_t level) {
  const int64_t channels = c.block_out_channels[level];
  expect_divisible(json, "norm_num_groups", level, channels, c.norm_num_groups);
  if (!c.has_attention(level)) return;
  expect_divisible(json, heads_field(json), level, channels, c.attention_heads[level]);
}

void check(const ConfigReader& json, const UNetConfig& c) {
  for (const auto& [field, types] : {std::pair{"down_block_types", &c.down_block_types},
                                     std::pair{"up_block_types", &c.up_block_types}}) {
    if (types->size() == c.levels()) continue;
    json.error(field, tensor::format("expected one block for each of {} levels, got {}", c.levels(),
                                     types->size()));
  }
  if (!(c.norm_eps > 0)) json.error("norm_eps", "expected a number above 0");
  json.expect_number("time_embedding_dim", static_cast<double>(c.time_embed_dim()));
  for (size_t level = 0; level < c.levels(); ++level) {
    check_level(json, c, level);
  }
}

std::vector<BlockType> reversed(std::vector<BlockType> types) {
  std::ranges::reverse(types);
  return types;
}

UNetConfig read_fields(const ConfigReader& json, bool has_up_blocks) {
  refuse_other_variants(json);
  UNetConfig c;
  c.in_channels = json.integer("in_channels", channels_range, 4);
  c.out_channels = json.integer("out_channels", channels_range, 4);
  c.sample_size = json.size("sample_size", optional_range, 0);
  c.block_out_channels = json.integers("block_out_channels", channels_range);
  if (c.levels() < 1 || c.levels() > 8) {
    json.error("block_out_channels", tensor::format("expected 1 to 8 levels, got {}", c.levels()));
  }
  c.down_block_types = read_block_types(json, "down_block_types", "Down");
  c.mid_block_type = read_mid_block(json);
  c.up_block_types =
      has_up_blocks ? read_block_types(json, "up_block_types", "Up") : reversed(c.down_block_types);
  c.layers_per_block = json.integer_per_level("layers_per_block", c.levels(), {1, 16}, 2);
  read_depths(json, c);
  c.attention_heads = json.integer_per_level(heads_field(json), c.levels(), channels_range, 8);
  c.cross_attention_dim = read_context_width(json, c.levels());
  c.use_linear_projection = json.flag("use_linear_projection", false);
  c.norm_num_groups = json.integer("norm_num_groups", channels_range, 32);
  c.norm_eps = static_cast<float>(json.number("norm_eps", 1e-5));
  c.flip_sin_to_cos = json.flag("flip_sin_to_cos", true);
  c.freq_shift = static_cast<float>(json.number("freq_shift", 0));
  c.time_cond_proj_dim = json.integer("time_cond_proj_dim", optional_range, 0);
  c.text_time_embedding = json.has("addition_embed_type");
  if (c.text_time_embedding) {
    c.addition_time_embed_dim = json.integer("addition_time_embed_dim", channels_range);
    c.projection_class_embeddings_input_dim =
        json.integer("projection_class_embeddings_input_dim", channels_range);
  }
  check(json, c);
  return c;
}

}  // namespace

bool UNetConfig::has_attention(size_t level) const {
  const size_t bottom = levels() - 1;
  const bool is_in_the_middle = level == bottom && mid_block_type == cross;
  return is_in_the_middle || down_block_types[level] == cross ||
         up_block_types[bottom - level] == cross;
}

UNetConfig UNetConfig::read(const ConfigReader& json) {
  json.expect_class({"UNet2DConditionModel"});
  return read_fields(json, true);
}

UNetConfig UNetConfig::read_control_net(const ConfigReader& json) {
  json.expect_class({"ControlNetModel", "ControlNetUnionModel"});
  return read_fields(json, false);
}

UNetConfig UNetConfig::sdxl_base() {
  return {
      .sample_size = 128,                          // 1024 pixels
      .block_out_channels = {320, 640, 1280},      // three levels: 128, 64 and 32 latents wide
      .down_block_types = {plain, cross, cross},   // no attention where it would cost most
      .up_block_types = {cross, cross, plain},     // the same levels, bottom first
      .layers_per_block = {2, 2, 2},               // three on the way up
      .transformer_layers_per_block = {1, 2, 10},  // most of the model lies at the bottom
      .attention_heads = {5, 10, 20},              // 64 channels a head
      .cross_attention_dim = 768 + 1280,           // CLIP-L and OpenCLIP-bigG side by side
      .use_linear_projection = true,
      .text_time_embedding = true,
      .addition_time_embed_dim = 256,
      .projection_class_embeddings_input_dim = 1280 + 6 * 256,  // bigG's pooled text, six sizes
  };
}

UNetConfig UNetConfig::sdxl_refiner() {
  return {
      .sample_size = 128,                                // 1024 pixels
      .block_out_channels = {384, 768, 1536, 1536},      // four levels: 128 to 16 latents wide
      .down_block_types = {plain, cross, cross, plain},  // the bottom's attention: mid_block's
      .up_block_types = {plain, cross, cross, plain},    // the same levels, bottom first
      .layers_per_block = {2, 2, 2, 2},                  // three on the way up
      .transformer_layers_per_block = {4, 4, 4, 4},      // the same depth everywhere
      .attention_heads = {6, 12, 24, 24},                // 64 channels a head
      .cross_attention_dim = 1280,                       // OpenCLIP-bigG alone
      .use_linear_projection = true,
      .text_time_embedding = true,
      .addition_time_embed_dim = 256,
      .projection_class_embeddings_input_dim = 1280 + 5 * 256,  // pooled text, four sizes, a score
  };
}

UNetConfig UNetConfig::sd15() {
  return {
      .sample_size = 64,                                 // 512 pixels
      .block_out_channels = {320, 640, 1280, 1280},      // four levels: 64 to 8 latents wide
      .down_block_types = {cross, cross, cross, plain},  // attention even at the top
      .up_block_types = {plain, cross, cross, cross},    // the same levels, bottom first
      .layers_per_block = {2, 2, 2, 2},                  // three on the way up
      .transformer_layers_per_block = {1, 1, 1, 1},      // shallow: SDXL's is the new idea
      .attention_heads = {8, 8, 8, 8},                   // 40 to 160 channels a head
      .cross_attention_dim = 768,                        // CLIP-L alone
      .use_linear_projection = false,                    // 1x1 convolutions
  };
}

UNetConfig UNetConfig::sd21() {
  UNetConfig c = sd15();
  c.sample_size = 96;                   // 768 pixels
  c.attention_heads = {5, 10, 20, 20};  // 64 channels a head
  c.cross_attention_dim = 1024;         // OpenCLIP ViT-H
  c.use_linear_projection = true;
  return c;
}

}  // namespace sdxl
