#pragma once

#include "nn/linear.h"

namespace sdxl {

using tensor::Tensor;

/// A gated linear unit with GELU: one projection to two halves, of which one gates the other.
///
///   value, gate = proj(x)                                   the first half, the second half
///   out         = value * gelu(gate)
///
/// x (..., C) -> (..., width)
/// diffusers: models/activations.py, GEGLU   paper: arXiv 2002.05202
class GEGLU : public nn::Module {
 public:
  GEGLU(const nn::Slot& slot, int64_t channels, int64_t width);
  Tensor forward(const Tensor& x) const;

 private:
  nn::Linear proj;
};

/// The MLP of a transformer block, applied to each position: GEGLU to four times the width, then a
/// linear layer back.
///
///   out = net_2(net_0(x))                                   net_0: C to 4 C, net_2: 4 C to C
///
/// x (N, T, C) -> (N, T, C)
/// diffusers: models/attention.py, FeedForward
class FeedForward : public nn::Module {
 public:
  FeedForward(const nn::Slot& slot, int64_t channels);
  Tensor forward(const Tensor& x) const;

 private:
  GEGLU net_0;
  nn::Linear net_2;  // diffusers keeps a dropout as "net.1"
};

}  // namespace sdxl
