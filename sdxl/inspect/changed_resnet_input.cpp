#include "sdxl/inspect/changed_resnet_input.h"

#include "nn/observe/teacher_forcing.h"

namespace sdxl {

void ChangedResnetInput::set(const nn::Module& resnet, const Tensor& x) {
  resnet_ = &resnet;
  x_ = x;
}

Tensor ChangedResnetInput::replace(const nn::Module& module, const Tensor& output) {
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
