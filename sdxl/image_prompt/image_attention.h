#pragma once

#include <memory>
#include <vector>

#include "nn/module_list.h"
#include "nn/weight_source.h"
#include "sdxl/image_prompt/image_projection.h"
#include "sdxl/unet/attention.h"

namespace sdxl {

/// As long as it exists, the image tokens that the cross-attentions of this thread attend to. The
/// UNet makes one at the beginning of its forward: the tokens belong to a run, not to the model.
class ImageTokensInUse {
 public:
  explicit ImageTokensInUse(std::vector<ImageTokens> images);
  ~ImageTokensInUse();
  ImageTokensInUse(const ImageTokensInUse&) = delete;
  ImageTokensInUse& operator=(const ImageTokensInUse&) = delete;

  /// Those of this thread's running forward; none outside of one.
  static const std::vector<ImageTokens>& current();

 private:
  std::vector<ImageTokens> images_;
  const ImageTokensInUse* outer_;
};

/// Decoupled cross-attention: keys and values of their own for the images of each IP-Adapter.
///
///   h_i = softmax(q k_i^T / sqrt(D)) v_i,   k_i, v_i = to_k_ip[i](tokens_i), to_v_ip[i](tokens_i)
///   out = h + sum_i scale_i h_i
///
/// The tokens of several images of one adapter stand side by side. A scale of 0 changes no bit.
/// q, h (N, T, C), tokens (N, images, S, C_text) -> (N, T, C)
/// Errors: std::invalid_argument outside of a UNet's forward, which makes the tokens.
/// diffusers: models/attention_processor.py, IPAdapterAttnProcessor2_0
/// paper: arXiv 2308.06721, equation (5)
class ImageAttention : public AttentionProcessor {
 public:
  explicit ImageAttention(const nn::Slot& slot);
  /// Adds the layers of an adapter on weights (C, C_text), kept by `owners`.
  void add(const tensor::WeightView& to_k, const tensor::WeightView& to_v,
           const std::shared_ptr<const nn::WeightOwners>& owners);
  Tensor forward(const Tensor& q, const Tensor& h, int64_t heads) const override;

 private:
  nn::ModuleList<nn::Linear> to_k_ip;
  nn::ModuleList<nn::Linear> to_v_ip;
};

}  // namespace sdxl
