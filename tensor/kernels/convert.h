#pragma once

#include <bit>
#include <cstdint>
#include <type_traits>

#ifdef __F16C__
#include <immintrin.h>
#endif

#include "tensor/dtype.h"
#include "tensor/kernels/fast/vector.h"

/// Half-precision numbers as float32, a vector at a time.
namespace tensor::kernels {

// A half has 1 sign, 5 exponent and 10 fraction bits. Moved to a float's places, its exponent is
// too small by 127 - 15; multiplying by 2^112 puts that right, for denormals too. Infinity and NaN
// have the exponent 31. Straight arithmetic becomes vector instructions, which g++ does not make of
// _Float16. Where the processor has an instruction for just that, it does the same.
inline float widen_f16(uint16_t bits) {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16;
  const uint32_t magnitude = static_cast<uint32_t>(bits & 0x7fff) << 13;
  const float finite = std::bit_cast<float>(magnitude) * 0x1p112f;
  const uint32_t special = magnitude | 0x7f800000;
  const uint32_t value = magnitude < 0x0f800000 ? std::bit_cast<uint32_t>(finite) : special;
  return std::bit_cast<float>(value | sign);
}

inline float widen_bf16(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

/// A number from where a file holds it: the address may be odd.
template <DType dtype>
float load_number(const char* in) {
  std::conditional_t<dtype == DType::f32, float, uint16_t> number;
  __builtin_memcpy(&number, in, sizeof number);
  if constexpr (dtype == DType::f16) return widen_f16(number);
  if constexpr (dtype == DType::bf16) return widen_bf16(number);
  return number;
}

/// As many numbers as a vector has.
template <DType dtype>
Vector load_numbers(const char* in) {
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
  float numbers[lanes];
#pragma omp simd
  for (int64_t i = 0; i < lanes; ++i) {
    numbers[i] = load_number<dtype>(in + i * size_of(dtype));
  }
  return load(numbers);
}

}  // namespace tensor::kernels
