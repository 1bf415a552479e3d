#include "sdxl/image_prompt/image_projection.h"

namespace sdxl {

ImageProjection::ImageProjection(const nn::Slot& slot, const ProjectorConfig& c)
    : ImageProjector(slot),
      image_embeds(child("image_embeds"), c.inputs, c.tokens * c.channels),
      norm(child("norm"), c.channels, 1e-5f),
      inputs_(c.inputs),
      tokens_(c.tokens) {}

Tensor ImageProjection::forward(const Tensor& x) const {
  record_inputs({{"image_embeds", x}});
  Tensor h = image_embeds.forward(x);                      // (M, T C)
  h = h.reshape({x.dim(0), tokens_, h.dim(1) / tokens_});  // (M, T, C)
  return record(norm.forward(h));
}

}  // namespace sdxl
