#pragma once

#include "nn/module.h"

namespace sdxl {

using tensor::Tensor;

/// Another input for a resnet that is running, for an observer, which can replace outputs only: the
/// two layers that receive the input, norm1 and conv_shortcut, run a second time on the changed one,
/// and return this second result.
class ChangedResnetInput {
 public:
  void set(const nn::Module& resnet, const Tensor& x);
  /// In the observer's replace, for every module: the output that goes on.
  Tensor replace(const nn::Module& module, const Tensor& output);

 private:
  const nn::Module* resnet_ = nullptr;  // that is running; null outside of one
  Tensor x_;                            // its changed input
};

}  // namespace sdxl
