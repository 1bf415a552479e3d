#pragma once

#include <optional>

#include "nn/adapter.h"
#include "nn/parameter.h"

namespace nn {

/// y = x W^T + b over the last axis.
///
/// x (..., inputs) -> (..., outputs); weight (outputs, inputs), bias (outputs)
/// Errors: std::invalid_argument naming the path, for an x whose last axis has another size.
/// torch: nn.Linear
class Linear : public AdaptableLayer {
 public:
  enum class Bias { yes, no };

  Linear(const Slot& slot, int64_t inputs, int64_t outputs, Bias bias = Bias::yes);
  Tensor forward(const Tensor& x) const;

 private:
  Parameter weight;
  std::optional<Parameter> bias;
};

}  // namespace nn
