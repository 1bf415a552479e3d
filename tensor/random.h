#pragma once

#include <cstdint>
#include <optional>
#include <random>

#include "tensor/tensor.h"

namespace tensor {

/// torch's CPU random numbers, bit for bit: `torch.Generator("cpu").manual_seed(seed)`.
///
/// The engine is MT19937, seeded with the low 32 bits of the seed. A tensor of 16 elements or more
/// is drawn in blocks of 16, by the Box-Muller transform with the polynomials of torch's AVX2
/// build. A smaller one is drawn element by element in double precision; the second of each pair is
/// kept for the next call.
///
/// torch: ATen/native/cpu/DistributionTemplates.h, normal_fill and NormalFill16
class Generator {
 public:
  explicit Generator(uint64_t seed);

  /// Standard normal values, as torch.randn(shape, generator=g).
  Tensor randn(const Shape& shape);
  /// Uniform values in [0, 1), as torch.rand(shape, generator=g).
  Tensor rand(const Shape& shape);
  /// Uniform values in [low, high), as tensor.uniform_(low, high, generator=g); torch initialises
  /// its layers so. Errors: std::invalid_argument unless low <= high.
  Tensor uniform(const Shape& shape, double low, double high);

 private:
  double next_normal();

  std::mt19937 engine_;
  std::optional<double> spare_normal_;  // the second value of the last pair, if not yet returned
};

}  // namespace tensor
