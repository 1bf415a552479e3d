#pragma once

#include <array>
#include <cstdint>

#include "tensor/tensor.h"

namespace tensor {

/// Philox 4x32 with ten rounds: four random words from a counter and a key, without any state.
///
/// paper: Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3" (SC 2011)
std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

/// torch's CUDA random numbers: `torch.Generator("cuda").manual_seed(seed)`, for the image that a
/// GPU user's seed gives.
///
/// Each thread k of the grid has the counter (draw, k); its four words make four normal numbers by
/// Box and Muller's transform, for the elements k, k + G, k + 2 G, k + 3 G of a grid of G threads.
/// The uniforms and the radius are float32, as cuRAND's; its logarithm and sine are the GPU's own,
/// so the last digits differ (about 1e-6).
class CudaGenerator {
 public:
  /// The most threads a GPU has at once: multiprocessors * resident threads of each. Latents of
  /// 1024 x 1024 pixels (65 536 numbers) fit into the grid of every data-centre GPU; a smaller GPU
  /// differs beyond its own.
  static constexpr int64_t data_centre_threads = 132 * 2048;

  explicit CudaGenerator(uint64_t seed, int64_t max_threads = data_centre_threads);
  /// Standard normal numbers, as torch.randn(shape, generator=g, device="cuda").
  Tensor randn(const Shape& shape);

 private:
  uint64_t seed_;
  int64_t max_threads_;
  uint64_t draw_ = 0;  // blocks of four words that each thread has used up
};

}  // namespace tensor
