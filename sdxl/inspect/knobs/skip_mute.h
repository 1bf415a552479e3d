#pragma once

#include <vector>

#include "nn/observe/knob.h"
#include "sdxl/inspect/changed_resnet_input.h"
#include "sdxl/inspect/skips.h"

namespace sdxl {

using tensor::Tensor;

/// Mutes skip connections: the last channels of the input x of the resnet that takes the skip are
/// zero.
class SkipMute : public nn::Knob {
 public:
  explicit SkipMute(std::vector<Skip> skips) : skips_(std::move(skips)) {}
  void on_input(const nn::Module& module, nn::Inputs inputs) override;
  Tensor replace(const nn::Module& module, const Tensor& output) override;

 private:
  std::vector<Skip> skips_;
  ChangedResnetInput input_;
};

}  // namespace sdxl
