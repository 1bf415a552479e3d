#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "tensor/tensor.h"

namespace sdxl {

using tensor::Tensor;

/// The skip connections: the downward half pushes feature maps, the upward half pops the newest.
///
/// Errors: std::logic_error for a pop without a push, and for skips that are left at the end.
class SkipStack {
 public:
  void push(const Tensor& skip) { skips_.push_back(skip); }
  Tensor pop();
  /// The (height, width) of the next skip, to which h is upsampled; twice h's size where no skip is
  /// left.
  std::pair<int64_t, int64_t> size_above(const Tensor& h) const;
  size_t size() const { return skips_.size(); }
  /// The skips, oldest first.
  const std::vector<Tensor>& all() const { return skips_; }
  /// Adds a tensor to each skip, oldest first; an empty list changes none.
  /// Errors: std::invalid_argument for another number of tensors.
  void add(const std::vector<Tensor>& residuals);
  void expect_empty() const;

 private:
  std::vector<Tensor> skips_;
};

}  // namespace sdxl
