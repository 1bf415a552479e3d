#include <bit>
#include <cstring>

#ifdef __F16C__
#include <immintrin.h>
#endif

#include "tensor/kernels/kernels.h"
#include "tensor/kernels/vector.h"

namespace tensor::kernels {

namespace {

/// The file's address may be odd, so each number is copied out of its bytes before it is looked at.
uint16_t load_bits(const char* in, int64_t i) {
  uint16_t bits;
  std::memcpy(&bits, in + i * 2, sizeof(bits));
  return bits;
}

// A half has 1 sign, 5 exponent and 10 fraction bits. Moved to a float's places, its exponent is
// too small by 127 - 15; multiplying by 2^112 puts that right, for denormals too. Infinity and NaN
// have the exponent 31. Straight arithmetic becomes vector instructions, which g++ does not make of
// _Float16. Where the processor has an instruction for just that, it does the same.
float widen_f16(uint16_t bits) {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x8000) << 16;
  const uint32_t magnitude = static_cast<uint32_t>(bits & 0x7fff) << 13;
  const float finite = std::bit_cast<float>(magnitude) * 0x1p112f;
  const uint32_t special = magnitude | 0x7f800000;
  const uint32_t value = magnitude < 0x0f800000 ? std::bit_cast<uint32_t>(finite) : special;
  return std::bit_cast<float>(value | sign);
}

#ifdef __F16C__
Vector load_halves(const char* in) {
#ifdef __AVX512F__
  return reinterpret_cast<Vector>(
      _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(in))));
#else
  return reinterpret_cast<Vector>(
      _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(in))));
#endif
}
#endif

float widen_bf16(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

void widen_line(const char* in, DType dtype, int64_t count, float* out) {
  switch (dtype) {
    case DType::f32:
      if (count > 0) std::memcpy(out, in, count * sizeof(float));
      break;
    case DType::f16: {
      int64_t i = 0;
#ifdef __F16C__
      for (; i + lanes <= count; i += lanes) store(load_halves(in + 2 * i), out + i);
#endif
#pragma omp simd
      for (int64_t j = i; j < count; ++j) out[j] = widen_f16(load_bits(in, j));
      break;
    }
    case DType::bf16:
#pragma omp simd
      for (int64_t i = 0; i < count; ++i) out[i] = widen_bf16(load_bits(in, i));
      break;
  }
}

}  // namespace

void widen(const void* in, DType dtype, int64_t count, float* out) {
  if (is_dry_run()) return;
  widen_line(static_cast<const char*>(in), dtype, count, out);
}

void widen_block(const Weight& matrix, int64_t width, int64_t first_row, int64_t rows,
                 int64_t first_column, int64_t columns, float* out) {
  for (int64_t i = 0; i < rows; ++i) {
    const int64_t first = (first_row + i) * width + first_column;
    const char* place = static_cast<const char*>(matrix.data) + first * size_of(matrix.dtype);
    widen_line(place, matrix.dtype, columns, out + i * columns);
  }
}

}  // namespace tensor::kernels
