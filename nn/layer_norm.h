#pragma once

#include "nn/module.h"
#include "nn/parameter.h"

namespace nn {

/// Normalises the last axis, then scales and shifts each channel.
///
///   y = (x - mean) / sqrt(var + eps) * weight + bias        (biased variance)
///
/// x (..., C) -> the same; weight, bias (C)
/// Errors: std::invalid_argument naming the path, for an x with other channels.
/// torch: nn.LayerNorm   paper: arXiv 1607.06450
class LayerNorm : public Module {
 public:
  LayerNorm(const Slot& slot, int64_t channels, float eps);
  Tensor forward(Tensor x) const;
  float eps() const { return eps_; }

 private:
  Parameter weight;
  Parameter bias;
  float eps_;
};

}  // namespace nn
