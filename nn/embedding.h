#pragma once

#include <vector>

#include "nn/module.h"
#include "nn/parameter.h"

namespace nn {

/// Ids as a tensor (N, S), for observers; empty if there are no ids or their rows differ in length.
Tensor to_tensor(const std::vector<std::vector<int64_t>>& ids);

/// A table with a learned row for each id: y[n, s] = weight[ids[n, s]].
///
/// ids (N, S), each in 0..rows-1 -> (N, S, channels); weight (rows, channels), and the rows that
/// `append` put behind them
/// Errors: std::invalid_argument for an id outside of the table, or rows of different length.
/// torch: nn.Embedding
class Embedding : public Module {
 public:
  Embedding(const Slot& slot, int64_t rows, int64_t channels);
  Tensor forward(const std::vector<std::vector<int64_t>>& ids) const;

  /// The number of rows, with those that were appended.
  int64_t rows() const;
  /// Appends rows (n, channels) to the table: the ids rows(), rows() + 1 ... The weight is not
  /// copied. Errors: std::invalid_argument for another width.
  void append(const Tensor& rows);
  /// Removes all of them.
  void remove_appended() { appended_ = {}; }

 private:
  Tensor with_appended(const std::vector<std::vector<int64_t>>& ids) const;

  Parameter weight;
  Tensor appended_;  // (n, channels); empty without any
};

}  // namespace nn
