#include "sdxl/unet/timestep_embedding.h"

#include "nn/optional_layer.h"
#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

TimestepEmbedding::TimestepEmbedding(const nn::Slot& slot, int64_t inputs, int64_t width,
                                     int64_t condition_width)
    : Module(slot),
      cond_proj(nn::layer_if<nn::Linear>(condition_width > 0, child("cond_proj"), condition_width,
                                         inputs, nn::Linear::Bias::no)),
      linear_1(child("linear_1"), inputs, width),
      linear_2(child("linear_2"), width, width) {}

Tensor TimestepEmbedding::forward(const Tensor& x, const Tensor& condition) const {
  record_inputs({{"x", x}, {"condition", condition}});
  tensor::require(condition.empty() || cond_proj,
                  "{}: TimestepEmbedding has no cond_proj, got a condition {}", path(),
                  condition.shape());
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
