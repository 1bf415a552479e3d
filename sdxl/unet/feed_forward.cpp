#include "sdxl/unet/feed_forward.h"

#include "tensor/ops.h"

namespace sdxl {

GEGLU::GEGLU(const nn::Slot& slot, int64_t channels, int64_t width)
    : Module(slot), proj(child("proj"), channels, 2 * width) {}

Tensor GEGLU::forward(const Tensor& x) const {
  record_inputs({{"x", x}});
  const Tensor h = proj.forward(x);  // (N, T, 2 * width): values, then gates
  return record(geglu(h));           // (N, T, width): value * gelu(gate)
}

FeedForward::FeedForward(const nn::Slot& slot, int64_t channels)
    : Module(slot),
      net_0(child("net.0"), channels, 4 * channels),
      net_2(child("net.2"), 4 * channels, channels) {}

Tensor FeedForward::forward(const Tensor& x) const {
  record_inputs({{"x", x}});
  Tensor h = net_0.forward(x);  // (N, T, 4 C)
  h = net_2.forward(h);         // (N, T, C)
  return record(h);
}

}  // namespace sdxl
