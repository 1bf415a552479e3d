#pragma once

#include <vector>

#include "nn/observe/knob.h"
#include "sdxl/inspect/skips.h"

namespace sdxl {

using tensor::Tensor;

/// Mutes skip connections: the last channels of the input x of the resnet that takes the skip are
/// zero.
///
/// An observer can replace outputs only. The two layers that receive x, norm1 and conv_shortcut,
/// therefore run a second time, on the changed x, and return this second result.
class SkipMute : public nn::Knob {
 public:
  explicit SkipMute(std::vector<Skip> skips) : skips_(std::move(skips)) {}
  void on_input(const nn::Module& module, nn::Inputs inputs) override;
  Tensor replace(const nn::Module& module, const Tensor& output) override;

 private:
  std::vector<Skip> skips_;
  const nn::Module* resnet_ = nullptr;  // that is running on a muted skip
  Tensor x_;                            // its input, the skip's channels zero
};

}  // namespace sdxl
