#pragma once

#include <optional>

#include "nn/linear.h"

namespace sdxl {

using tensor::Tensor;

/// Turns sinusoids into the vector that every ResnetBlock receives.
///
///   out = linear_2(silu(linear_1(x)))         with a condition: linear_1(x + cond_proj(condition))
///
/// x (N, inputs), condition (N, condition_width) -> (N, width)
/// diffusers: models/embeddings.py, TimestepEmbedding
///
/// The condition is the embedded guidance scale of an LCM-distilled UNet; other UNets have none.
class TimestepEmbedding : public nn::Module {
 public:
  /// A condition_width of 0 leaves cond_proj out.
  TimestepEmbedding(const nn::Slot& slot, int64_t inputs, int64_t width,
                    int64_t condition_width = 0);
  Tensor forward(const Tensor& x, const Tensor& condition = {}) const;

 private:
  std::optional<nn::Linear> cond_proj;
  nn::Linear linear_1;
  nn::Linear linear_2;
};

}  // namespace sdxl
