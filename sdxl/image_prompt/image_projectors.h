#pragma once

#include <vector>

#include "nn/module_list.h"
#include "sdxl/image_prompt/image_projection.h"

namespace sdxl {

/// The projectors of all IP-Adapters of a UNet, one for each.
///
/// Conditions, one for each adapter -> their tokens, (N, images, T, C)
/// Errors: std::invalid_argument for another number of conditions, or of another shape.
/// diffusers: models/embeddings.py, MultiIPAdapterImageProjection
class ImageProjectors : public nn::Module {
 public:
  explicit ImageProjectors(const nn::Slot& slot);
  /// An ImageProjection, or a Resampler.
  ImageProjector& add(const ProjectorConfig& config);
  std::vector<ImageTokens> forward(const std::vector<ImageCondition>& images) const;
  size_t size() const { return image_projection_layers.size(); }
  const ImageProjector& operator[](size_t i) const { return image_projection_layers[i]; }

 private:
  Tensor tokens_of(const ImageProjector& projector, const Tensor& embeds) const;

  nn::ModuleList<ImageProjector> image_projection_layers;
};

}  // namespace sdxl
