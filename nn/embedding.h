#pragma once

#include <vector>

#include "nn/module.h"
#include "nn/parameter.h"

namespace nn {

/// Ids as a tensor (N, S), for observers; empty if there are no ids or their rows differ in length.
Tensor to_tensor(const std::vector<std::vector<int64_t>>& ids);

/// A table with a learned row for each id: y[n, s] = weight[ids[n, s]].
///
/// ids (N, S), each in 0..rows-1 -> (N, S, channels); weight (rows, channels)
/// Errors: std::invalid_argument for an id outside of the table, or rows of different length.
/// torch: nn.Embedding
class Embedding : public Module {
 public:
  Embedding(const Slot& slot, int64_t rows, int64_t channels);
  Tensor forward(const std::vector<std::vector<int64_t>>& ids) const;

 private:
  Parameter weight;
};

}  // namespace nn
