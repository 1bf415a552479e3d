#include "sdxl/inspect/knobs/skip_mute.h"

#include "nn/observe/teacher_forcing.h"
#include "sdxl/inspect/knobs/with_zeros.h"

namespace sdxl {

void SkipMute::on_input(const nn::Module& module, nn::Inputs inputs) {
  if (!is_on()) return;
  for (const Skip& skip : skips_) {
    if (module.path() != skip.popped_by) continue;
    const Tensor& x = inputs.begin()->value;  // (N, C + C_skip, H, W)
    resnet_ = &module;
    x_ = with_zeros(x, 1, x.dim(1) - skip.channels, x.dim(1));
    meet(skip.popped_by);
  }
}

Tensor SkipMute::replace(const nn::Module& module, const Tensor& output) {
  if (!resnet_) return output;
  const std::string& front = resnet_->path();
  if (module.path() == front + ".norm1" || module.path() == front + ".conv_shortcut") {
    const nn::ObserversPaused paused;
    return nn::replay(module, x_);
  }
  if (&module == resnet_) {
    resnet_ = nullptr;
    x_ = {};
  }
  return output;
}

}  // namespace sdxl
