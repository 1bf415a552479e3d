#include "tensor/random_cuda.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "tensor/error.h"

namespace tensor {

namespace {

constexpr int64_t block_threads = 256;
constexpr int64_t numbers_per_thread = 4;

uint32_t high(uint64_t product) { return static_cast<uint32_t>(product >> 32); }
uint32_t low(uint64_t product) { return static_cast<uint32_t>(product); }

/// Two normal values from two words, in cuRAND's order: the sine first.
std::array<float, 2> box_muller(uint32_t a, uint32_t b) {
  constexpr float step = 0x1p-32f;
  constexpr float turn = static_cast<float>(2.0 * std::numbers::pi * 0x1p-32);
  const float u = static_cast<float>(a) * step + step / 2;
  const float v = static_cast<float>(b) * turn + turn / 2;
  const float radius = std::sqrt(-2.0f * std::log(u));
  return {radius * std::sin(v), radius * std::cos(v)};
}

}  // namespace

std::array<uint32_t, 4> philox4x32(std::array<uint32_t, 4> c, std::array<uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t p0 = uint64_t{0xD2511F53} * c[0];
    const uint64_t p1 = uint64_t{0xCD9E8D57} * c[2];
    c = {high(p1) ^ c[1] ^ key[0], low(p1), high(p0) ^ c[3] ^ key[1], low(p0)};
    key = {key[0] + 0x9E3779B9, key[1] + 0xBB67AE85};
  }
  return c;
}

CudaGenerator::CudaGenerator(uint64_t seed, int64_t max_threads)
    : seed_(seed), max_threads_(max_threads / block_threads * block_threads) {
  require(max_threads >= block_threads, "CudaGenerator expects at least {} threads, got {}",
          block_threads, max_threads);
}

Tensor CudaGenerator::randn(const Shape& shape) {
  const int64_t count = shape.size();
  Tensor result = Tensor::uninitialized(shape);
  if (count == 0) return result;
  float* out = result.mutable_data();
  const int64_t blocks = (count + block_threads - 1) / block_threads;
  const int64_t grid = std::min(blocks * block_threads, max_threads_);
  for (int64_t start = 0; start < count; start += grid * numbers_per_thread, ++draw_) {
    for (int64_t thread = 0; thread < std::min(grid, count - start); ++thread) {
      const auto words = philox4x32({low(draw_), high(draw_), low(thread), high(thread)},
                                    {low(seed_), high(seed_)});
      const auto [n0, n1] = box_muller(words[0], words[1]);
      const auto [n2, n3] = box_muller(words[2], words[3]);
      const std::array<float, 4> normals = {n0, n1, n2, n3};
      for (int64_t k = 0; k < numbers_per_thread; ++k) {
        const int64_t i = start + k * grid + thread;
        if (i < count) out[i] = normals[k];
      }
    }
  }
  return result;
}

}  // namespace tensor
