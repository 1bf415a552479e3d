#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "tensor/random.h"
#include "tensor/random_cuda.h"
#include "tensor/tensor.h"

namespace sdxl {

/// Where a pipeline's random numbers come from. Nothing in a pipeline draws a number itself.
class NoiseSource {
 public:
  virtual ~NoiseSource() = default;
  /// Standard normal numbers.
  virtual tensor::Tensor draw(const tensor::Shape& shape) = 0;
  /// Does each image of a batch have numbers of its own?
  virtual bool is_per_image() const { return false; }
};

/// torch's CPU generator: what diffusers draws from `torch.Generator("cpu").manual_seed(seed)`.
class SeededNoise : public NoiseSource {
 public:
  explicit SeededNoise(uint64_t seed) : generator_(seed) {}
  tensor::Tensor draw(const tensor::Shape& shape) override { return generator_.randn(shape); }

 private:
  tensor::Generator generator_;
};

/// torch's CUDA generator: what diffusers draws on a GPU from `torch.Generator("cuda")`.
class CudaNoise : public NoiseSource {
 public:
  explicit CudaNoise(uint64_t seed) : generator_(seed) {}
  tensor::Tensor draw(const tensor::Shape& shape) override { return generator_.randn(shape); }

 private:
  tensor::CudaGenerator generator_;
};

/// A source for each image of a batch, as diffusers takes a list of generators: each image is
/// the one that its seed draws alone.
/// Errors: std::invalid_argument for a draw of more images than sources.
/// diffusers: utils/torch_utils.py, randn_tensor
class NoisePerImage : public NoiseSource {
 public:
  explicit NoisePerImage(std::vector<std::unique_ptr<NoiseSource>> sources);
  tensor::Tensor draw(const tensor::Shape& shape) override;
  bool is_per_image() const override { return true; }

 private:
  std::vector<std::unique_ptr<NoiseSource>> sources_;
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
