#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "tensor/random.h"
#include "tensor/random_cuda.h"
#include "tensor/tensor.h"

namespace sdxl {

/// The random numbers of a pipeline. Pipelines and schedulers draw only from it.
class NoiseSource {
 public:
  virtual ~NoiseSource() = default;
  /// A tensor of standard normal values. An image batch has its images along the first axis.
  /// Errors: std::invalid_argument where a source is limited in number or shape: see NoisePerImage
  /// and RecordedNoise.
  virtual tensor::Tensor draw(const tensor::Shape& shape) = 0;
  /// True if each image of a batch has a generator of its own.
  virtual bool is_per_image() const { return false; }
};

/// torch's CPU generator: the values of `torch.Generator("cpu").manual_seed(seed)`, bit for bit.
class SeededNoise : public NoiseSource {
 public:
  explicit SeededNoise(uint64_t seed) : generator_(seed) {}
  tensor::Tensor draw(const tensor::Shape& shape) override { return generator_.randn(shape); }

 private:
  tensor::Generator generator_;
};

/// torch's CUDA generator: the values of `torch.Generator("cuda").manual_seed(seed)` on a GPU whose
/// largest grid has `max_threads` threads (CudaGpu::threads), by default an H100.
class CudaNoise : public NoiseSource {
 public:
  explicit CudaNoise(uint64_t seed,
                     int64_t max_threads = tensor::CudaGenerator::data_centre_threads)
      : generator_(seed, max_threads) {}
  tensor::Tensor draw(const tensor::Shape& shape) override { return generator_.randn(shape); }

 private:
  tensor::CudaGenerator generator_;
};

/// A source for each image of a batch, as a list of generators in diffusers: each image is the same
/// as in a run with its seed alone.
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

/// Recorded draws, returned in order: for parity with another program's run.
/// Errors: std::invalid_argument when none is left or the next one has another shape.
class RecordedNoise : public NoiseSource {
 public:
  explicit RecordedNoise(std::deque<tensor::Tensor> draws) : draws_(std::move(draws)) {}
  tensor::Tensor draw(const tensor::Shape& shape) override;

 private:
  std::deque<tensor::Tensor> draws_;
};

}  // namespace sdxl
