#include "sdxl/unet/mid_block.h"

namespace sdxl {

MidBlock2DCrossAttn::MidBlock2DCrossAttn(const nn::Slot& slot, const ResnetConfig& resnet,
                                         const TransformerConfig& transformer)
    : Module(slot), resnets(child("resnets")), attentions(child("attentions")) {
  resnets.add(resnet);
  attentions.add(transformer);
  resnets.add(resnet);
}

Tensor MidBlock2DCrossAttn::forward(const Tensor& x, const Tensor& temb,
                                    const Tensor& context) const {
  record_inputs({{"x", x}, {"temb", temb}, {"context", context}});
  Tensor h = resnets[0].forward(x, temb);  // (N, C, H, W)
  h = attentions[0].forward(h, context);
  h = resnets[1].forward(h, temb);
  return record(h);
}

}  // namespace sdxl
