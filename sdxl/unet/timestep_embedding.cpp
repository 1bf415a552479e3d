#include "sdxl/unet/timestep_embedding.h"

#include "tensor/ops.h"

namespace sdxl {

TimestepEmbedding::TimestepEmbedding(const nn::Slot& slot, int64_t inputs, int64_t width,
                                     int64_t condition_width)
    : Module(slot),
      linear_1(child("linear_1"), inputs, width),
      linear_2(child("linear_2"), width, width) {
  if (condition_width > 0) {
    cond_proj.emplace(child("cond_proj"), condition_width, inputs, nn::Linear::Bias::no);
  }
}

Tensor TimestepEmbedding::forward(const Tensor& x, const Tensor& condition) const {
  Tensor h = x;  // (N, inputs)
  if (!condition.empty()) {
    h = h + cond_proj->forward(condition);
  }
  h = linear_1.forward(h);  // (N, width)
  h = silu(h);
  h = linear_2.forward(h);
  return record(h);
}

}  // namespace sdxl
