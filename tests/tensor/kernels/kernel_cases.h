#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "tensor/compute.h"
#include "tensor/dtype.h"
#include "tensor/kernels/fast/gemm.h"
#include "tensor/kernels/kernels.h"
#include "tensor/random.h"

/// What the tests of kernels share: values, stored weights, and the bodies to try. Each body is
/// compared with the textbook's over odd sizes, all dtypes and unaligned weights, and with itself on
/// other numbers of threads.
namespace support {

namespace kernels = tensor::kernels;
using kernels::Weight;
using tensor::DType;

constexpr DType dtypes[] = {DType::f32,     DType::f16,     DType::bf16,
                            DType::f8_e4m3, DType::f8_e5m2, DType::f64};
constexpr Weight no_bias = {nullptr, DType::f32};

inline std::vector<float> random_values(int64_t count, uint64_t seed, double scale = 1.0) {
  tensor::Generator generator(seed);
  const tensor::Tensor x = generator.uniform({count}, -scale, scale);
  return {x.data(), x.data() + count};
}

/// Values as a file may hold them: in some dtype, at an odd address.
struct StoredWeight {
  std::vector<char> bytes;
  DType dtype;
  Weight view() const { return {bytes.data() + 1, dtype}; }
};

/// A float8 near the value, cut off and not rounded: a test needs no nearest one.
inline uint8_t near_f8(float value, DType dtype) {
  const uint16_t half = tensor::to_f16(value);
  if (dtype == DType::f8_e5m2) return static_cast<uint8_t>(half >> 8);
  const int magnitude = std::max((half & 0x7fff) - (8 << 10), 0);  // the exponent's bias: 15 to 7
  return static_cast<uint8_t>((half >> 8 & 0x80) | std::min(magnitude >> 7, 0x7e));
}

inline void store_one(float value, DType dtype, char* to) {
  const double wide = value;
  const uint16_t half = dtype == DType::f16 ? tensor::to_f16(value) : tensor::to_bf16(value);
  const uint8_t quarter = near_f8(value, dtype);
  const void* from = &half;
  if (dtype == DType::f32) from = &value;
  if (dtype == DType::f64) from = &wide;
  if (tensor::size_of(dtype) == 1) from = &quarter;
  std::memcpy(to, from, tensor::size_of(dtype));
}

inline StoredWeight store(const std::vector<float>& values, DType dtype) {
  StoredWeight stored{std::vector<char>(values.size() * tensor::size_of(dtype) + 1), dtype};
  char* to = stored.bytes.data() + 1;
  for (const float value : values) {
    store_one(value, dtype, to);
    to += tensor::size_of(dtype);
  }
  return stored;
}

/// The norm of the difference over the norm of the exact values.
inline double relative_error(const std::vector<float>& ours, const std::vector<float>& exact) {
  double error = 0.0, size = 0.0;
  for (size_t i = 0; i < exact.size(); ++i) {
    error += std::pow(static_cast<double>(ours[i]) - exact[i], 2);
    size += std::pow(exact[i], 2);
  }
  return size == 0.0 ? std::sqrt(error) : std::sqrt(error / size);
}

/// Runs a kernel on 1, 2 and 4 threads, checks that the bits are the same, and returns them.
template <class Run>
std::vector<float> run_on_threads(int64_t count, const Run& run) {
  std::vector<float> first(count, std::numeric_limits<float>::quiet_NaN());
  tensor::set_threads(1);
  run(first.data());
  for (const int threads : {2, 4}) {
    std::vector<float> other(count);
    tensor::set_threads(threads);
    run(other.data());
    CHECK((count == 0 || std::memcmp(first.data(), other.data(), count * sizeof(float)) == 0));
  }
  tensor::set_threads(0);
  return first;
}

/// Runs a check with the fast backend and each instruction set that this processor has.
template <class Check>
void with_fast_backend(const Check& check) {
  using kernels::fast::Bf16Instructions;
  for (const auto instructions :
       {Bf16Instructions::off, Bf16Instructions::scalar, Bf16Instructions::best}) {
    if (!kernels::fast::set_bf16_instructions(instructions)) continue;
    CAPTURE(static_cast<int>(instructions));
    check();
  }
  kernels::fast::set_bf16_instructions(Bf16Instructions::best);
}

/// Runs a check with every backend that computes in float32.
template <class Check>
void with_fast_and_eigen(const Check& check) {
  with_fast_backend(check);
  if (!kernels::has_eigen()) return;
  const tensor::BackendScope eigen(tensor::Backend::eigen);
  CAPTURE("eigen");
  check();
}

}  // namespace support
