#pragma once

#include <cstdint>

#include "sdxl/config_reader.h"
#include "sdxl/text/clip_encoder_config.h"

namespace sdxl {

/// The sizes and settings of one CLIP text encoder.
///
/// transformers: models/clip/configuration_clip.py, CLIPTextConfig (its config.json)
/// paper: arXiv 2307.01952, table 1; arXiv 2103.00020, section 2.4 (the text encoder of CLIP)
struct ClipTextConfig {
  int64_t vocab_size = 49408;
  int64_t max_position_embeddings = 77;
  int64_t hidden_size = 512;
  int64_t intermediate_size = 2048;
  int64_t num_hidden_layers = 12;
  int64_t num_attention_heads = 8;
  ClipActivation hidden_act = ClipActivation::quick_gelu;
  float layer_norm_eps = 1e-5f;
  int64_t eos_token_id = 49407;  // 2, an old mistake in published configs: see pooled_positions
  int64_t projection_dim = 0;    // 0: no text_projection

  /// The config of a CLIPTextModel or a CLIPTextModelWithProjection, by the class it names.
  /// Errors: std::runtime_error naming file, field and value for values that don't fit together.
  static ClipTextConfig read(const ConfigReader& json);

  /// That of the layers.
  operator ClipEncoderConfig() const;  // NOLINT: a layer of a text encoder takes this config, too

  static ClipTextConfig clip_l();         // SDXL's text_encoder, and that of SD 1.5
  static ClipTextConfig openclip_bigg();  // SDXL's text_encoder_2
  static ClipTextConfig openclip_h();     // that of SD 2.1, without OpenCLIP's last layer
};

}  // namespace sdxl
