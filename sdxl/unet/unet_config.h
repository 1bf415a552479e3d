#pragma once

#include <cstdint>
#include <vector>

#include "sdxl/config_reader.h"

namespace sdxl {

/// Does a level of the U look at the text?
enum class BlockType { plain, cross_attention };

/// The numbers that make one UNet out of the family: SDXL base and refiner, SD 1.5, SD 2.1. Lists
/// have one entry for each level of the way down, the highest resolution first; `up_block_types`
/// alone is listed from the bottom up.
///
/// diffusers: models/unets/unet_2d_condition.py, UNet2DConditionModel (its config.json)
/// paper: arXiv 2307.01952, table 1 and section 2.1
struct UNetConfig {
  int64_t in_channels = 4;   // latents; 9 for inpainting (latents, mask, masked picture's latents)
  int64_t out_channels = 4;  // the predicted noise
  int64_t sample_size = 0;   // height and width the model was trained for, in latents; 0: unsaid

  std::vector<int64_t> block_out_channels;
  std::vector<BlockType> down_block_types;
  std::vector<BlockType> up_block_types;
  std::vector<int64_t> layers_per_block;  // resnets of a down block; an up block has one more
  std::vector<int64_t> transformer_layers_per_block;  // depth of each Transformer2D
  std::vector<int64_t> attention_heads;               // diffusers calls it attention_head_dim
  int64_t cross_attention_dim = 0;                    // width of the text features
  bool use_linear_projection =
      false;  // Transformer2D's proj_in and proj_out: Linear, else 1x1 Conv2d

  int64_t norm_num_groups = 32;
  float norm_eps = 1e-5f;  // of resnets and conv_norm_out; Transformer2D has 1e-6 of its own

  bool flip_sin_to_cos = true;  // cosines first
  float freq_shift = 0.0f;
  int64_t time_cond_proj_dim = 0;  // width of the guidance embedding (LCM); 0: none

  bool text_time_embedding = false;                   // pooled text and sizes are added to the time
  int64_t addition_time_embed_dim = 0;                // sinusoid of each size
  int64_t projection_class_embeddings_input_dim = 0;  // pooled text and all sizes side by side

  size_t levels() const { return block_out_channels.size(); }
  /// Width of the vector that tells every ResnetBlock the time: four times the first level's.
  int64_t time_embed_dim() const { return 4 * block_out_channels.front(); }

  /// Errors: std::runtime_error naming file, field and value for what is left out here or doesn't
  /// fit together.
  static UNetConfig read(const ConfigReader& json);

  static UNetConfig sdxl_base();
  static UNetConfig sdxl_refiner();
  static UNetConfig sd15();
  static UNetConfig sd21();
};

}  // namespace sdxl
