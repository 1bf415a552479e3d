#pragma once

#include "nn/linear.h"
#include "sdxl/text/clip_encoder_config.h"

namespace sdxl {

using tensor::Tensor;

/// Two linear layers, applied to each token.
///
///   out = fc2(act(fc1(x)))            act: quick_gelu (OpenAI's CLIP) or the exact gelu (OpenCLIP)
///
/// x (N, S, C) -> the same, through (N, S, intermediate_size)
/// transformers: models/clip/modeling_clip.py, CLIPMLP
class CLIPMLP : public nn::Module {
 public:
  CLIPMLP(const nn::Slot& slot, const ClipEncoderConfig& config);
  Tensor forward(const Tensor& x) const;

 private:
  nn::Linear fc1;
  nn::Linear fc2;
  ClipActivation activation_;
};

}  // namespace sdxl
