#pragma once

#include "nn/module.h"
#include "nn/parameter.h"

namespace nn {

/// Normalises each group of channels of each sample over all its pixels, then scales and shifts
/// each channel.
///
///   y = (x - mean) / sqrt(var + eps) * weight + bias        (biased variance)
///
/// x (N, C, H, W) or (N, C, T) -> the same; weight, bias (C)
/// Errors: std::invalid_argument for channels that do not form equal groups, or an x with other
/// channels.
/// eps has no default: SDXL's UNet has 1e-5 in its resnets and 1e-6 in Transformer2D, its
/// autoencoder has 1e-6 everywhere.
/// torch: nn.GroupNorm   paper: arXiv 1803.08494
class GroupNorm : public Module {
 public:
  GroupNorm(const Slot& slot, int64_t groups, int64_t channels, float eps);
  Tensor forward(Tensor x) const;
  int64_t groups() const { return groups_; }
  float eps() const { return eps_; }

 private:
  Parameter weight;
  Parameter bias;
  int64_t groups_;
  float eps_;
};

}  // namespace nn
