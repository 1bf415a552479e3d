#pragma once

#include <cstdint>
#include <optional>
#include <random>

#include "tensor/tensor.h"

namespace tensor {

/// torch's CPU random numbers, bit for bit: `torch.Generator("cpu").manual_seed(seed)`.
///
/// The engine is MT19937, seeded by the low 32 bits of the seed. Sixteen numbers or more are drawn
/// in blocks of 16 by Box and Muller's transform with the polynomials of torch's AVX2 build; fewer
/// are drawn one by one in double precision, the second of each pair kept for the next call.
class Generator {
 public:
  explicit Generator(uint64_t seed);

  /// Standard normal numbers, as torch.randn(shape, generator=g).
  Tensor randn(const Shape& shape);
  /// Uniform numbers in [0, 1), as torch.rand(shape, generator=g).
  Tensor rand(const Shape& shape);
  /// Uniform numbers in [low, high), as tensor.uniform_(low, high): what torch's layers are born
  /// with.
  Tensor uniform(const Shape& shape, double low, double high);

 private:
  double next_normal();

  std::mt19937 engine_;
  std::optional<double> spare_normal_;  // the second number of the last pair, not handed out yet
};

}  // namespace tensor
