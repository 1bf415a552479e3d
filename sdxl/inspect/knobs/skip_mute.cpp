#include "sdxl/inspect/knobs/skip_mute.h"

#include "sdxl/inspect/knobs/with_zeros.h"

namespace sdxl {

void SkipMute::on_input(const nn::Module& module, nn::Inputs inputs) {
  if (!is_on()) return;
  for (const Skip& skip : skips_) {
    if (module.path() != skip.popped_by) continue;
    const Tensor& x = inputs.begin()->value;  // (N, C + C_skip, H, W)
    input_.set(module, with_zeros(x, 1, x.dim(1) - skip.channels, x.dim(1)));
    meet(skip.popped_by);
  }
}

Tensor SkipMute::replace(const nn::Module& module, const Tensor& output) {
  return input_.replace(module, output);
}

}  // namespace sdxl
