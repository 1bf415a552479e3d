#include "sdxl/unet/mid_block.h"

namespace sdxl {

MidBlock2DCrossAttn::MidBlock2DCrossAttn(const nn::Slot& slot, const ResnetConfig& resnet,
                                         const TransformerConfig& transformer, bool has_attention)
    : Module(slot), resnets(child("resnets")), attentions(child("attentions")) {
  resnets.add(resnet);
  if (!has_attention) return;
  attentions.add(transformer);
  resnets.add(resnet);
}

Tensor MidBlock2DCrossAttn::forward(const Tensor& x, const Tensor& temb,
                                    const Tensor& context) const {
  record_inputs({{"x", x}, {"temb", temb}, {"context", context}});
  Tensor h = resnets[0].forward(x, temb);  // (N, C, H, W)
  for (size_t layer = 0; layer < attentions.size(); ++layer) {
    h = attentions[layer].forward(h, context);
    h = resnets[layer + 1].forward(h, temb);
  }
  return record(h);
}

}  // namespace sdxl
