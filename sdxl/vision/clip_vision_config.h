#pragma once

#include <cstdint>

#include "sdxl/config_reader.h"
#include "sdxl/text/clip_encoder_config.h"

namespace sdxl {

/// The sizes and settings of one CLIP image encoder.
///
/// transformers: models/clip/configuration_clip.py, CLIPVisionConfig (its config.json)
/// paper: arXiv 2103.00020, section 2.4 and table 20
struct ClipVisionConfig {
  int64_t hidden_size = 768;
  int64_t intermediate_size = 3072;
  int64_t num_hidden_layers = 12;
  int64_t num_attention_heads = 12;
  int64_t image_size = 224;  // pixels of a side
  int64_t patch_size = 32;
  ClipActivation hidden_act = ClipActivation::quick_gelu;
  float layer_norm_eps = 1e-5f;
  int64_t projection_dim = 512;

  /// (image_size / patch_size)^2, rounded down before the square.
  int64_t patches() const;
  /// That of the layers.
  ClipEncoderConfig layers() const;

  /// The config of a CLIPVisionModelWithProjection. The field vision_config of a whole CLIPModel is
  /// another text: see open_vision_model.
  /// Errors: std::runtime_error naming file, field and value for values that don't fit together.
  static ClipVisionConfig read(const ConfigReader& json);

  static ClipVisionConfig clip_l();         // OpenAI's ViT-L/14
  static ClipVisionConfig openclip_h();     // LAION's ViT-H/14, of most IP-Adapters
  static ClipVisionConfig openclip_bigg();  // LAION's ViT-bigG/14
};

}  // namespace sdxl
