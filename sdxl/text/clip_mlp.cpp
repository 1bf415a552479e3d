#include "sdxl/text/clip_mlp.h"

#include "tensor/ops.h"

namespace sdxl {

CLIPMLP::CLIPMLP(const nn::Slot& slot, const ClipEncoderConfig& config)
    : Module(slot),
      fc1(child("fc1"), config.hidden_size, config.intermediate_size),
      fc2(child("fc2"), config.intermediate_size, config.hidden_size),
      activation_(config.hidden_act) {}

Tensor CLIPMLP::forward(const Tensor& x) const {
  record_inputs({{"x", x}});
  Tensor h = fc1.forward(x);  // (N, S, intermediate_size)
  h = activation_ == ClipActivation::gelu ? gelu(h) : quick_gelu(h);
  h = fc2.forward(h);  // (N, S, C)
  return record(h);
}

}  // namespace sdxl
