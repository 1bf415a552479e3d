#include "nn/observe/half_precision.h"

#include <algorithm>
#include <cmath>

#include "tensor/dtype.h"

namespace nn {

void HalfPrecisionWatch::on_output(const Module& module, const Tensor& output) {
  constexpr uint16_t infinity = 0x7c00;  // the bits of a half
  float largest = 0.0f;
  for (int64_t i = 0; i < output.size(); ++i) {
    largest = std::max(largest, std::abs(output.data()[i]));
  }
  rows_.push_back({module.path(), largest, tensor::to_f16(largest) != infinity});
}

std::string HalfPrecisionWatch::first_overflow() const {
  const auto found = std::ranges::find_if(rows_, [](const Row& row) { return !row.fits; });
  return found == rows_.end() ? "" : found->path;
}

}  // namespace nn
