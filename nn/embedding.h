#pragma once

#include <vector>

#include "nn/module.h"
#include "nn/parameter.h"

namespace nn {

/// Ids as an (N, S) tensor, for observers; empty for no ids and for rows of different length.
Tensor to_tensor(const std::vector<std::vector<int64_t>>& ids);

/// A table with a learned row for each id.
///
/// ids (N, S), each in 0..rows-1 -> (N, S, channels); weight (rows, channels)
/// torch: nn.Embedding
class Embedding : public Module {
 public:
  Embedding(const Slot& slot, int64_t rows, int64_t channels);
  Tensor forward(const std::vector<std::vector<int64_t>>& ids) const;

 private:
  Parameter weight;
};

}  // namespace nn
