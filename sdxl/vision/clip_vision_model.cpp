#include "sdxl/vision/clip_vision_model.h"

#include <numeric>

#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

nn::Conv2d::Options patches_of(const ClipVisionConfig& c) {
  const auto side = static_cast<int>(c.patch_size);
  return {.kernel = side, .stride = side, .bias = false};
}

}  // namespace

CLIPVisionEmbeddings::CLIPVisionEmbeddings(const nn::Slot& slot, const ClipVisionConfig& c)
    : Module(slot),
      class_embedding(this, "class_embedding", {c.hidden_size}),
      patch_embedding(child("patch_embedding"), 3, c.hidden_size, patches_of(c)),
      position_embedding(child("position_embedding"), 1 + c.patches(), c.hidden_size),
      image_size_(c.image_size) {}

Tensor CLIPVisionEmbeddings::forward(const Tensor& pixels) const {
  record_inputs({{"pixel_values", pixels}});
  const bool is_batch = pixels.shape().rank() == 4 && pixels.dim(0) > 0;
  tensor::require(
      is_batch && pixels.shape() == tensor::Shape{pixels.dim(0), 3, image_size_, image_size_},
      "{}: expects pixels (N, 3, {}, {}), got {}", path(), image_size_, image_size_,
      pixels.shape());
  const Tensor image = patch_embedding.forward(pixels);  // (N, C, S / patch, S / patch)
  const auto [n, channels, rows, columns] = image.dims<4>();
  const Tensor patches = permute(image.reshape({n, channels, rows * columns}), {0, 2, 1});

  const Tensor token = class_embedding.to_tensor().reshape({1, 1, channels});
  const Tensor tokens = concat(std::vector<Tensor>(static_cast<size_t>(n), token), 0);
  std::vector<int64_t> places(static_cast<size_t>(1 + rows * columns));
  std::iota(places.begin(), places.end(), 0);
  return record(concat(tokens, patches, 1) + position_embedding.forward({places}));
}

CLIPVisionTransformer::CLIPVisionTransformer(const nn::Slot& slot, const ClipVisionConfig& c)
    : Module(slot),
      embeddings(child("embeddings"), c),
      pre_layrnorm(child("pre_layrnorm"), c.hidden_size, c.layer_norm_eps),
      encoder(child("encoder"), c.layers()),
      post_layernorm(child("post_layernorm"), c.hidden_size, c.layer_norm_eps) {}

ImageFeatures CLIPVisionTransformer::forward(const Tensor& pixels) const {
  record_inputs({{"pixel_values", pixels}});
  ImageFeatures features;
  Tensor h = embeddings.forward(pixels);  // (N, 1 + P, C)
  h = pre_layrnorm.forward(h);
  h = encoder.forward(h, features.hidden_states);
  const Tensor token = slice(h, 1, 0, 1).reshape({h.dim(0), h.dim(2)});
  features.image_embeds = post_layernorm.forward(token);  // (N, C)
  features.hidden_states.back() = record(h);
  return features;
}

CLIPVisionModel::CLIPVisionModel(const nn::Slot& slot, const ClipVisionConfig& c)
    : Module(slot),
      config_(c),
      vision_model(child("vision_model"), c),
      visual_projection(child("visual_projection"), c.hidden_size, c.projection_dim,
                        nn::Linear::Bias::no) {}

ImageFeatures CLIPVisionModel::forward(const Tensor& pixels) const {
  record_inputs({{"pixel_values", pixels}});
  ImageFeatures features = vision_model.forward(pixels);
  features.image_embeds = record(visual_projection.forward(features.image_embeds));
  return features;
}

}  // namespace sdxl
