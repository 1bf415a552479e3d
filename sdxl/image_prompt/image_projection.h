#pragma once

#include <vector>

#include "nn/layer_norm.h"
#include "nn/linear.h"

namespace sdxl {

using tensor::Tensor;

/// The images of one IP-Adapter as the UNet takes them, and the strength of what they add.
/// diffusers: added_cond_kwargs["image_embeds"]
struct ImageCondition {
  /// (N, images, D): image_embeds of the encoder; for a resampler (N, images, S, D), hidden states.
  Tensor embeds;
  double scale = 1.0;
};

/// What cross-attentions attend to beside the text: tokens of the text's width.
struct ImageTokens {
  Tensor tokens;  // (N, images, T, C)
  double scale = 1.0;
};

/// The sizes of a projector.
struct ProjectorConfig {
  bool is_resampler = false;
  int64_t inputs = 0;    // D, of the image encoder
  int64_t tokens = 0;    // T
  int64_t channels = 0;  // C, of the text
  // Of a Resampler:
  int64_t hidden = 0;    // H, inside
  int64_t depth = 0;     // how many blocks
  int64_t inner = 0;     // of all heads, each of 64
  int64_t ff_inner = 0;  // of the MLP, 4 H as published
};

/// Makes tokens of what the image encoder says of an image.
///
/// M images, (M, D) or (M, S, D) -> (M, T, C)
class ImageProjector : public nn::Module {
 public:
  using Module::Module;
  virtual Tensor forward(const Tensor& embeds) const = 0;
  /// True where it takes the encoder's hidden states, last layer but one, in place of image_embeds.
  virtual bool takes_hidden_states() const = 0;
  /// D: the width of what it takes.
  virtual int64_t inputs() const = 0;
};

/// A linear layer to T tokens, with a norm on each: the plain IP-Adapter.
///
///   out = norm(image_embeds(x), as T tokens)
///
/// x (M, D) -> (M, T, C)
/// diffusers: models/embeddings.py, ImageProjection   paper: arXiv 2308.06721, section 3.2
class ImageProjection : public ImageProjector {
 public:
  ImageProjection(const nn::Slot& slot, const ProjectorConfig& config);
  Tensor forward(const Tensor& x) const override;
  bool takes_hidden_states() const override { return false; }
  int64_t inputs() const override { return inputs_; }

 private:
  nn::Linear image_embeds;
  nn::LayerNorm norm;
  int64_t inputs_, tokens_;
};

}  // namespace sdxl
