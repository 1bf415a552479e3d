#pragma once

#include <vector>

#include "nn/conv2d.h"
#include "nn/embedding.h"
#include "nn/parameter.h"
#include "sdxl/text/clip_text_model.h"
#include "sdxl/vision/clip_vision_config.h"

namespace sdxl {

/// The outputs of an image encoder for N images of P patches.
struct ImageFeatures {
  /// L + 1 tensors (N, 1 + P, C): the embeddings after the first norm, then the output of each
  /// layer. Place 0 is the class token, which stands for the whole image.
  std::vector<Tensor> hidden_states;
  Tensor image_embeds;  // (N, projection_dim)
};

/// A vector for each patch, with a class token in front, plus the embedding of the place.
///
///   out[n, 0]     = class_embedding                  + position_embedding[0]
///   out[n, 1 + p] = patch_embedding(pixels)[n, :, p] + position_embedding[1 + p]
///
/// pixels (N, 3, S, S) -> (N, 1 + P, C). The patches do not overlap; row by row.
/// Errors: std::invalid_argument for pixels of another size.
/// transformers: models/clip/modeling_clip.py, CLIPVisionEmbeddings
class CLIPVisionEmbeddings : public nn::Module {
 public:
  CLIPVisionEmbeddings(const nn::Slot& slot, const ClipVisionConfig& config);
  Tensor forward(const Tensor& pixels) const;

 private:
  nn::Parameter class_embedding;
  nn::Conv2d patch_embedding;
  nn::Embedding position_embedding;
  int64_t image_size_;
};

/// Embeddings, a norm, and the layers. They are those of a text encoder, without a mask.
///
///   hidden_states[0] = pre_layrnorm(embeddings(pixels))
///   hidden_states[k] = layer k (hidden_states[k - 1]),  k = 1 .. L
///   pooled           = post_layernorm(hidden_states[L] at the class token)
///
/// pixels (N, 3, S, S) -> hidden_states, and `image_embeds` with the pooled vector (N, C)
/// transformers: models/clip/modeling_clip.py, CLIPVisionModel   paper: arXiv 2103.00020
class CLIPVisionTransformer : public nn::Module {
 public:
  CLIPVisionTransformer(const nn::Slot& slot, const ClipVisionConfig& config);
  ImageFeatures forward(const Tensor& pixels) const;

 private:
  CLIPVisionEmbeddings embeddings;
  nn::LayerNorm pre_layrnorm;  // so spelt in the checkpoints
  CLIPEncoder encoder;
  nn::LayerNorm post_layernorm;
};

/// The image half of CLIP: what IP-Adapters and the aesthetic predictor see of a picture.
///
///   image_embeds = visual_projection(pooled)                       without a bias
///
/// pixels (N, 3, S, S) of clip_pixels -> ImageFeatures
/// transformers: models/clip/modeling_clip.py, CLIPVisionModelWithProjection
class CLIPVisionModel : public nn::Module {
 public:
  CLIPVisionModel(const nn::Slot& slot, const ClipVisionConfig& config);
  const ClipVisionConfig& config() const { return config_; }
  ImageFeatures forward(const Tensor& pixels) const;

 private:
  ClipVisionConfig config_;
  CLIPVisionTransformer vision_model;
  nn::Linear visual_projection;
};

}  // namespace sdxl
