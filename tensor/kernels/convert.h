#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

#ifdef __F16C__
#include <immintrin.h>
#endif

#include <vector>

#include "tensor/dtype.h"
#include "tensor/kernels/fast/vector.h"
#include "tensor/kernels/kernels.h"

/// Upcasting stored weights to float32: whole, by blocks, by elements and by vectors.
namespace tensor::kernels {

/// A block of a stored matrix as float32: out (rows, columns) begins at row first_row and column
/// first_column of a matrix whose rows have `width` elements.
void widen_block(const Weight& matrix, int64_t width, int64_t first_row, int64_t rows,
                 int64_t first_column, int64_t columns, float* out);

/// A weight of `count` elements as float32; zeros for an absent bias.
std::vector<float> widened(const Weight& weight, int64_t count);

/// float16 to float32. A float16 has 1 sign bit, 5 exponent bits and 10 fraction bits. Shifted to a
/// float's positions, its exponent is too small by 127 - 15; a multiplication by 2^112 corrects it,
/// for denormals too. Infinity and NaN have the exponent 31. g++ vectorizes this arithmetic, but
/// not _Float16. F16C's instruction gives the same result.
inline float widen_f16(uint16_t bits) {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16;
  const uint32_t magnitude = static_cast<uint32_t>(bits & 0x7fff) << 13;
  const float finite = std::bit_cast<float>(magnitude) * 0x1p112f;
  const uint32_t special = magnitude | 0x7f800000;
  const uint32_t value = magnitude < 0x0f800000 ? std::bit_cast<uint32_t>(finite) : special;
  return std::bit_cast<float>(value | sign);
}

/// bfloat16 to float32: bfloat16 is the upper half of a float32.
inline float widen_bf16(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

/// float8 E4M3 to float32, as for float16: 4 exponent bits and 3 fraction bits, and the exponent is
/// too small by 127 - 7. The one code with all bits set is NaN; there is no infinity.
inline float widen_f8_e4m3(uint8_t bits) {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x80) << 24;
  const uint32_t magnitude = static_cast<uint32_t>(bits & 0x7f) << 20;
  const float finite = std::bit_cast<float>(magnitude) * 0x1p120f;
  const uint32_t value = magnitude == 0x7f00000 ? 0x7ff00000 : std::bit_cast<uint32_t>(finite);
  return std::bit_cast<float>(value | sign);
}

/// float8 E5M2 to float32: E5M2 is the upper half of a float16.
inline float widen_f8_e5m2(uint8_t bits) { return widen_f16(static_cast<uint16_t>(bits << 8)); }

/// The C++ type that has a stored element's bits.
template <DType dtype>
using Stored = std::conditional_t<
    dtype == DType::f32, float,
    std::conditional_t<dtype == DType::f64, double,
                       std::conditional_t<size_of(dtype) == 1, uint8_t, uint16_t>>>;

/// One element at an address that need not be aligned.
template <DType dtype>
float load_element(const char* in) {
  Stored<dtype> stored;
  __builtin_memcpy(&stored, in, sizeof stored);
  if constexpr (dtype == DType::f16) return widen_f16(stored);
  if constexpr (dtype == DType::bf16) return widen_bf16(stored);
  if constexpr (dtype == DType::f8_e4m3) return widen_f8_e4m3(stored);
  if constexpr (dtype == DType::f8_e5m2) return widen_f8_e5m2(stored);
  return static_cast<float>(stored);
}

/// One Vector of elements, also at any address.
template <DType dtype>
fast::Vector load_vector(const char* in) {
  using namespace fast;
#if defined(__AVX512F__)
  if constexpr (dtype == DType::f16) {
    return reinterpret_cast<Vector>(
        _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(in))));
  }
#elif defined(__F16C__)
  if constexpr (dtype == DType::f16) {
    return reinterpret_cast<Vector>(
        _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(in))));
  }
#endif
  float values[lanes];
#pragma omp simd
  for (int64_t i = 0; i < lanes; ++i) {
    values[i] = load_element<dtype>(in + i * size_of(dtype));
  }
  return load(values);
}

}  // namespace tensor::kernels
