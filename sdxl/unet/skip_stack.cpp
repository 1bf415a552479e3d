#include "sdxl/unet/skip_stack.h"

#include <stdexcept>

#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

Tensor SkipStack::pop() {
  if (skips_.empty()) {
    throw std::logic_error("SkipStack: an up block pops a skip, but none is left");
  }
  Tensor skip = std::move(skips_.back());
  skips_.pop_back();
  return skip;
}

void SkipStack::add(const std::vector<Tensor>& residuals) {
  tensor::require(residuals.empty() || residuals.size() == skips_.size(),
                  "SkipStack: {} tensors were given to add to {} skips", residuals.size(),
                  skips_.size());
  for (size_t i = 0; i < residuals.size(); ++i) skips_[i] = skips_[i] + residuals[i];
}

std::pair<int64_t, int64_t> SkipStack::size_above(const Tensor& h) const {
  if (skips_.empty()) return {2 * h.dim(2), 2 * h.dim(3)};
  return {skips_.back().dim(2), skips_.back().dim(3)};
}

void SkipStack::expect_empty() const {
  if (skips_.empty()) return;
  throw std::logic_error(tensor::format("SkipStack: {} skips were never used", skips_.size()));
}

}  // namespace sdxl
