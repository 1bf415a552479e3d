#pragma once

#include <cstdint>
#include <vector>

#include "sdxl/config_reader.h"

namespace sdxl {

/// Whether a block of the U has cross-attention to the text; the middle block may be absent.
enum class BlockType { plain, cross_attention, none };

/// A UNet's config: that of SDXL base or refiner, SD 1.5, SD 2.1, or another of this family, such
/// as the distilled SSD-1B, Segmind-Vega and KOALA.
///
/// Lists have one entry for each level, from the highest resolution to the lowest. Only
/// `up_block_types` begins with the lowest.
///
/// diffusers: models/unets/unet_2d_condition.py, UNet2DConditionModel (its config.json)
/// paper: arXiv 2307.01952, table 1 and section 2.1
struct UNetConfig {
  int64_t in_channels = 4;   // latents; 9 to inpaint: latents, mask, latents of the masked image
  int64_t out_channels = 4;  // the predicted noise
  int64_t sample_size = 0;   // height and width in training, in latents; 0: not in the config

  std::vector<int64_t> block_out_channels = {};
  std::vector<BlockType> down_block_types = {};
  BlockType mid_block_type = BlockType::cross_attention;  // plain: a resnet alone
  std::vector<BlockType> up_block_types = {};
  std::vector<int64_t> layers_per_block = {};  // resnets of a down block; an up block has one more
  std::vector<int64_t> transformer_layers_per_block = {};  // depth of each Transformer2D of a level
  /// Only for models whose Transformer2Ds differ within a level, as SSD-1B's do: for each level the
  /// depth of each; the up blocks have one more. Empty: as transformer_layers_per_block.
  std::vector<std::vector<int64_t>> down_depths = {}, up_depths = {};
  std::vector<int64_t> attention_heads = {};  // diffusers' attention_head_dim: see read
  int64_t cross_attention_dim = 0;            // width of the text features
  bool use_linear_projection = false;  // Transformer2D's projections: Linear, else 1x1 Conv2d

  int64_t norm_num_groups = 32;
  float norm_eps = 1e-5f;  // of resnets and conv_norm_out; Transformer2D has 1e-6 of its own

  bool flip_sin_to_cos = true;     // sinusoids begin with the cosines
  float freq_shift = 0.0f;         // as in sinusoidal_embedding
  int64_t time_cond_proj_dim = 0;  // width of the guidance scale's embedding (LCM); 0: none

  bool text_time_embedding = false;                   // temb includes pooled text and sizes
  int64_t addition_time_embed_dim = 0;                // width of each size's sinusoid
  int64_t projection_class_embeddings_input_dim = 0;  // pooled text and all sizes side by side

  size_t levels() const { return block_out_channels.size(); }
  /// Width of temb: four times the first level's.
  int64_t time_embed_dim() const { return 4 * block_out_channels.front(); }
  /// True where a down or up block of the level, or the mid block, has a Transformer2D.
  bool has_attention(size_t level) const;

  /// Errors: std::runtime_error naming file, field and value for a feature that is not supported
  /// and for values that don't fit together.
  ///
  /// The number of heads is in the field "attention_head_dim": a misnomer that diffusers keeps for
  /// published configs. The middle block's depth is that of the last level, or where this is a list
  /// its first entry.
  static UNetConfig read(const ConfigReader& json);
  /// Of a ControlNet, whose config has no upward half: it is taken to mirror the downward one.
  static UNetConfig read_control_net(const ConfigReader& json);

  // Published configs.
  static UNetConfig sdxl_base();
  static UNetConfig sdxl_refiner();
  static UNetConfig sd15();
  static UNetConfig sd21();
};

}  // namespace sdxl
