#pragma once

#include <deque>

#include "tensor/random.h"
#include "tensor/tensor.h"

namespace sdxl {

/// Where a pipeline's random numbers come from. Nothing in a pipeline draws a number itself.
class NoiseSource {
 public:
  virtual ~NoiseSource() = default;
  /// Standard normal numbers.
  virtual tensor::Tensor draw(const tensor::Shape& shape) = 0;
};

/// torch's CPU generator: what diffusers draws from `torch.Generator("cpu").manual_seed(seed)`.
class SeededNoise : public NoiseSource {
 public:
  explicit SeededNoise(uint64_t seed) : generator_(seed) {}
  tensor::Tensor draw(const tensor::Shape& shape) override { return generator_.randn(shape); }

 private:
  tensor::Generator generator_;
};

/// Draws that were made elsewhere, handed out in order: for parity with a recorded run.
/// Errors: std::invalid_argument when none is left or the next one has another shape.
class RecordedNoise : public NoiseSource {
 public:
  explicit RecordedNoise(std::deque<tensor::Tensor> draws) : draws_(std::move(draws)) {}
  tensor::Tensor draw(const tensor::Shape& shape) override;

 private:
  std::deque<tensor::Tensor> draws_;
};

}  // namespace sdxl
