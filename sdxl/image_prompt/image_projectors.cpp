#include "sdxl/image_prompt/image_projectors.h"

#include "sdxl/image_prompt/resampler.h"
#include "tensor/error.h"

namespace sdxl {

ImageProjectors::ImageProjectors(const nn::Slot& slot)
    : Module(slot), image_projection_layers(child("image_projection_layers")) {}

ImageProjector& ImageProjectors::add(const ProjectorConfig& config) {
  if (config.is_resampler) return image_projection_layers.add<Resampler>(config);
  return image_projection_layers.add<ImageProjection>(config);
}

Tensor ImageProjectors::tokens_of(const ImageProjector& projector, const Tensor& embeds) const {
  const int rank = projector.takes_hidden_states() ? 4 : 3;
  tensor::require(
      embeds.shape().rank() == rank && embeds.size() > 0 && embeds.dim(-1) == projector.inputs(),
      "{}: expects image_embeds (N, images, {}{}), got {}", projector.path(),
      rank == 4 ? "S, " : "", projector.inputs(), embeds.shape());
  const int64_t n = embeds.dim(0), images = embeds.dim(1);
  const std::vector<int64_t> sizes(embeds.shape().begin() + 2, embeds.shape().end());
  std::vector<int64_t> rows = {n * images};
  rows.insert(rows.end(), sizes.begin(), sizes.end());
  const Tensor h = projector.forward(embeds.reshape(tensor::Shape(rows)));  // (N images, T, C)
  return h.reshape({n, images, h.dim(1), h.dim(2)});
}

std::vector<ImageTokens> ImageProjectors::forward(const std::vector<ImageCondition>& images) const {
  tensor::require(images.size() == size(),
                  "{}: expects image_embeds for each of {} IP-Adapters, got {}", path(), size(),
                  images.size());
  std::vector<ImageTokens> result;
  for (size_t i = 0; i < images.size(); ++i) {
    result.push_back({tokens_of(image_projection_layers[i], images[i].embeds), images[i].scale});
  }
  if (!result.empty()) result.front().tokens = record(result.front().tokens);
  return result;
}

}  // namespace sdxl
