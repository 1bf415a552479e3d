#include "sdxl/unet/block_configs.h"

namespace sdxl {

namespace {

/// A level's entry, or none where the levels' Transformer2Ds don't differ.
std::vector<int64_t> depths_of(const std::vector<std::vector<int64_t>>& depths, size_t level) {
  return depths.empty() ? std::vector<int64_t>() : depths.at(level);
}

DownBlockConfig down_block_config(const UNetConfig& c, size_t level) {
  return {.in_channels = c.block_out_channels[level == 0 ? 0 : level - 1],
          .out_channels = c.block_out_channels[level],
          .layers = c.layers_per_block[level],
          .add_downsample = level + 1 < c.levels(),
          .temb_channels = c.time_embed_dim(),
          .groups = c.norm_num_groups,
          .eps = c.norm_eps,
          .transformer = transformer_config(c, level),
          .depths = depths_of(c.down_depths, level)};
}

}  // namespace

TransformerConfig transformer_config(const UNetConfig& c, size_t level) {
  return {.channels = c.block_out_channels[level],
          .heads = c.attention_heads[level],
          .depth = c.transformer_layers_per_block[level],
          .context_channels = c.cross_attention_dim,
          .groups = c.norm_num_groups,
          .linear_projection = c.use_linear_projection};
}

UpBlockConfig up_block_config(const UNetConfig& c, size_t level) {
  const size_t coarsest = c.levels() - 1;
  return {.in_channels = c.block_out_channels[level == coarsest ? coarsest : level + 1],
          .out_channels = c.block_out_channels[level],
          .last_skip_channels = c.block_out_channels[level == 0 ? 0 : level - 1],
          .layers = c.layers_per_block[level] + 1,
          .add_upsample = level > 0,
          .temb_channels = c.time_embed_dim(),
          .groups = c.norm_num_groups,
          .eps = c.norm_eps,
          .transformer = transformer_config(c, level),
          .depths = depths_of(c.up_depths, level)};
}

ResnetConfig mid_resnet_config(const UNetConfig& c) {
  const int64_t channels = c.block_out_channels.back();
  return {.in_channels = channels,
          .out_channels = channels,
          .temb_channels = c.time_embed_dim(),
          .groups = c.norm_num_groups,
          .eps = c.norm_eps};
}

void add_down_blocks(nn::ModuleList<DownBlock>& blocks, const UNetConfig& c) {
  for (size_t level = 0; level < c.levels(); ++level) {
    if (c.down_block_types[level] == BlockType::cross_attention) {
      blocks.add<CrossAttnDownBlock2D>(down_block_config(c, level));
    } else {
      blocks.add<DownBlock2D>(down_block_config(c, level));
    }
  }
}

}  // namespace sdxl
