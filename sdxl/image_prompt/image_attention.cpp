#include "sdxl/image_prompt/image_attention.h"

#include <utility>

#include "nn/parameter.h"
#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

thread_local const ImageTokensInUse* innermost = nullptr;

void add_layer(nn::ModuleList<nn::Linear>& layers, const tensor::WeightView& weight,
               const std::shared_ptr<const nn::WeightOwners>& owners) {
  nn::Linear& layer = layers.add(weight.shape.dim(1), weight.shape.dim(0), nn::Linear::Bias::no);
  layer.parameters().front()->set(weight);
  layer.share(owners);
}

/// (N, images, S, C) -> (N, images S, C)
Tensor side_by_side(const Tensor& x) {
  const auto [n, images, tokens, channels] = x.dims<4>();
  return x.reshape({n, images * tokens, channels});
}

}  // namespace

ImageTokensInUse::ImageTokensInUse(std::vector<ImageTokens> images)
    : images_(std::move(images)), outer_(std::exchange(innermost, this)) {}

ImageTokensInUse::~ImageTokensInUse() { innermost = outer_; }

const std::vector<ImageTokens>& ImageTokensInUse::current() {
  static const std::vector<ImageTokens> none;
  return innermost ? innermost->images_ : none;
}

ImageAttention::ImageAttention(const nn::Slot& slot)
    : AttentionProcessor(slot), to_k_ip(child("to_k_ip")), to_v_ip(child("to_v_ip")) {}

void ImageAttention::add(const tensor::WeightView& to_k, const tensor::WeightView& to_v,
                         const std::shared_ptr<const nn::WeightOwners>& owners) {
  add_layer(to_k_ip, to_k, owners);
  add_layer(to_v_ip, to_v, owners);
}

Tensor ImageAttention::forward(const Tensor& q, const Tensor& h, int64_t heads) const {
  const std::vector<ImageTokens>& images = ImageTokensInUse::current();
  tensor::require(
      images.size() == to_k_ip.size(),
      "{}: expects the tokens of {} IP-Adapters, which the UNet's forward makes, got {}", path(),
      to_k_ip.size(), images.size());
  Tensor out = h;
  for (size_t i = 0; i < images.size(); ++i) {
    const auto& [tokens, scale] = images[i];
    if (scale == 0.0) continue;
    const Tensor k = side_by_side(to_k_ip[i].forward(tokens));  // (N, images S, C)
    const Tensor v = side_by_side(to_v_ip[i].forward(tokens));
    const Tensor own = scaled_dot_product_attention(q, k, v, heads);
    out = out + static_cast<float>(scale) * own;
  }
  return out;
}

}  // namespace sdxl
