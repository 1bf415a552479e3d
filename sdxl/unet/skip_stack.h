#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "tensor/tensor.h"

namespace sdxl {

using tensor::Tensor;

/// What the way down leaves for the way up: the newest is spent first.
///
/// Errors: std::logic_error for a pop without a push, and for what is left over at the end.
class SkipStack {
 public:
  void push(const Tensor& skip) { skips_.push_back(skip); }
  Tensor pop();
  /// Height and width that an upsampled h must have to meet the next skip; twice its own where none
  /// is left.
  std::pair<int64_t, int64_t> size_above(const Tensor& h) const;
  void expect_empty() const;

 private:
  std::vector<Tensor> skips_;
};

}  // namespace sdxl
