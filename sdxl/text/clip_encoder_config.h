#pragma once

#include <cstdint>

#include "tensor/ops.h"

namespace sdxl {

/// The activation between the two layers of a CLIP MLP.
enum class ClipActivation { quick_gelu, gelu };

/// The layers of a CLIP encoder, which are the same for a text and for an image but for the mask.
/// transformers: models/clip/modeling_clip.py, CLIPEncoder
struct ClipEncoderConfig {
  int64_t hidden_size;
  int64_t intermediate_size;
  int64_t num_hidden_layers;
  int64_t num_attention_heads;
  ClipActivation hidden_act;
  float layer_norm_eps;
  tensor::Mask mask;  // causal for a text: a token attends to those before it
};

}  // namespace sdxl
