#pragma once

#include <array>
#include <cstdint>

#include "tensor/tensor.h"

namespace tensor {

/// Philox 4x32 with ten rounds: four random 32-bit words from a counter and a key, without a state.
///
/// paper: Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3" (SC 2011)
std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

/// torch's CUDA random numbers: `torch.Generator("cuda").manual_seed(seed)`. So a seed gives the
/// image that it gives on a GPU.
///
/// Thread k of a grid of G threads has the counter (draw, k). Its four words become four normal
/// values by the Box-Muller transform: the elements k, k + G, k + 2 G and k + 3 G. A tensor of n
/// elements is drawn by G = min(256 ceil(n / 256), CudaGpu::threads()) threads. So up to the GPU's
/// largest grid all GPUs draw the same numbers, and above it each kind of GPU draws its own.
/// Uniform values and radius are float32, as in cuRAND. Logarithm, sine and cosine are not the
/// GPU's, so the last digits differ (about 1e-6).
///
/// torch: ATen/native/cuda/DistributionTemplates.h
class CudaGenerator {
 public:
  /// The largest grid of an H100. Latents of 1024 x 1024 pixels (65 536 elements) fit into it.
  static constexpr int64_t data_centre_threads = 132 * 2048;

  /// Errors: std::invalid_argument for fewer than 256 threads, one block.
  explicit CudaGenerator(uint64_t seed, int64_t max_threads = data_centre_threads);
  /// Standard normal values, as torch.randn(shape, generator=g, device="cuda").
  Tensor randn(const Shape& shape);

 private:
  uint64_t seed_;
  int64_t max_threads_;
  uint64_t draw_ = 0;  // blocks of four words that each thread has used up
};

}  // namespace tensor
