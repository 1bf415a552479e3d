#pragma once

#include <optional>

#include "nn/linear.h"

namespace sdxl {

using tensor::Tensor;

/// An MLP from sinusoids to the vector that every ResnetBlock receives.
///
///   out = linear_2(silu(linear_1(x)))                             without a condition
///   out = linear_2(silu(linear_1(x + cond_proj(condition))))      with a condition
///
/// x (N, inputs), condition (N, condition_width) -> (N, width)
/// diffusers: models/embeddings.py, TimestepEmbedding
///
/// The condition is the embedding of the guidance scale, for an LCM-distilled UNet.
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
