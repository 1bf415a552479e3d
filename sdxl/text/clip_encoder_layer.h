#pragma once

#include "nn/layer_norm.h"
#include "sdxl/text/clip_attention.h"
#include "sdxl/text/clip_mlp.h"

namespace sdxl {

/// A transformer layer: attention, then an MLP, each with a layer norm before it and a residual
/// connection around it.
///
///   h   = x + self_attn(layer_norm1(x))
///   out = h + mlp(layer_norm2(h))
///
/// x (N, S, C) -> the same. `visible`: see CLIPAttention.
/// transformers: models/clip/modeling_clip.py, CLIPEncoderLayer
/// paper: arXiv 2103.00020, section 2.4
class CLIPEncoderLayer : public nn::Module {
 public:
  CLIPEncoderLayer(const nn::Slot& slot, const ClipEncoderConfig& config);
  Tensor forward(const Tensor& x, const Tensor& visible = {}) const;

 private:
  CLIPAttention self_attn;
  nn::LayerNorm layer_norm1;
  CLIPMLP mlp;
  nn::LayerNorm layer_norm2;
};

}  // namespace sdxl
