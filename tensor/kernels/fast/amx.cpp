#include "tensor/kernels/fast/amx.h"

#include <algorithm>
#include <bit>
#include <cstdlib>

#include "tensor/kernels/convert.h"

#if defined(__AVX512F__)
#include <cpuid.h>
#include <immintrin.h>
#endif
#if defined(__AVX512F__) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

// An AMX instruction multiplies tiles, c[16][16] += a[16][32] b[16][16][2], in the time of sixteen
// AVX-512 instructions. The rows of B are in pairs: for each column the elements of rows 2 k and
// 2 k + 1 are neighbours in memory. The rows of A are plain: 32 neighbouring elements of a row.
// Four tiles hold a block of C, 32 x 32, through the whole depth; two hold a part of A and two a
// part of B.
//
// A tile sums 32 products before it rounds to float32, so the error is about half of that of the
// same sum in float32.
//
// AVX512-BF16 multiplies pairs in vectors, c[16] += a[2] b[16][2], at up to twice the rate of
// float32.
//
// Source: Intel's "Architecture instruction set extensions programming reference", chapters 2, 3.

namespace tensor::kernels::fast {

void multiply_scalar(const PackedOperands& o, int64_t rows, int64_t columns, float* c) {
  std::fill_n(c, tile_block * tile_block, 0.0f);
  for (int64_t k = 0; k < o.depth; k += 2) {
    for (int64_t i = 0; i < o.terms_a; ++i) {
      for (int64_t j = 0; i + j < o.terms_b; ++j) {
        const uint16_t* b = o.b + (k / 2 * o.terms_b + j) * 2 * tile_block;
        for (int64_t row = 0; row < rows; ++row) {
          const int64_t step = (k / tile_depth * o.terms_a + i) * tile_depth + k % tile_depth;
          const uint16_t* a = o.a + row * o.a_step + step;
          for (int64_t column = 0; column < columns; ++column) {
            c[row * tile_block + column] += widen_bf16(a[0]) * widen_bf16(b[2 * column]) +
                                            widen_bf16(a[1]) * widen_bf16(b[2 * column + 1]);
          }
        }
      }
    }
  }
}

#if defined(__AVX512F__)

__attribute__((target("avx512bf16"))) void multiply_avx512_bf16(const PackedOperands& o,
                                                                int64_t rows, int64_t, float* c) {
  constexpr int64_t height = 8;  // rows: 16 sums
  for (int64_t first = 0; first < rows; first += height) {
    __m512 sums[height][2] = {};
    for (int64_t k = 0; k < o.depth; k += 2) {
      const uint16_t* b = o.b + k * tile_block;
      const auto b0 = std::bit_cast<__m512bh>(_mm512_loadu_si512(b));
      const auto b1 = std::bit_cast<__m512bh>(_mm512_loadu_si512(b + 2 * lanes));
      for (int64_t i = 0; i < height; ++i) {
        int pair;
        __builtin_memcpy(&pair, o.a + (first + i) * o.a_step + k, sizeof pair);
        const auto a = std::bit_cast<__m512bh>(_mm512_set1_epi32(pair));
        sums[i][0] = _mm512_dpbf16_ps(sums[i][0], a, b0);
        sums[i][1] = _mm512_dpbf16_ps(sums[i][1], a, b1);
      }
    }
    for (int64_t i = 0; i < height; ++i, c += tile_block) {
      for (int64_t j = 0; j < 2; ++j) _mm512_storeu_ps(c + j * lanes, sums[i][j]);
    }
  }
}

namespace {

/// Sets the shapes of this thread's tile registers: 16 rows of 64 bytes each.
__attribute__((target("amx-tile"))) void configure_tiles() {
  struct alignas(64) {
    uint8_t palette = 1, start_row = 0, reserved[14] = {};
    uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
  } config;
  _tile_loadconfig(&config);
}

/// Requests permission from the system for the tile registers, which are 8 KB of a process's state.
bool request_tiles() {
#if defined(__linux__)
  constexpr int request_permission = 0x1023, tile_data = 18;
  return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
#else
  return false;
#endif
}

}  // namespace

__attribute__((target("amx-tile,amx-bf16"))) void multiply_amx(const PackedOperands& o,
                                                               int64_t rows, int64_t columns,
                                                               float* c) {
  static thread_local bool is_configured = false;
  if (!is_configured) configure_tiles();
  is_configured = true;
  const bool lower = rows > tile, right = columns > tile;  // or only the upper and left tiles
  const int64_t b_pair = o.terms_b * 2 * tile_block;
  const int64_t a_step = o.a_step * 2, b_step = b_pair * 2;  // in bytes
  const uint16_t* a = o.a;
  const uint16_t* b = o.b;
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  for (int64_t k = 0; k < o.depth; k += tile_depth, b += tile * b_pair) {
    for (int64_t i = 0; i < o.terms_a; ++i, a += tile_depth) {
      _tile_loadd(4, a, a_step);
      if (lower) _tile_loadd(5, a + tile * o.a_step, a_step);
      for (int64_t j = 0; i + j < o.terms_b; ++j) {
        _tile_loadd(6, b + j * 2 * tile_block, b_step);
        _tile_dpbf16ps(0, 4, 6);
        if (lower) _tile_dpbf16ps(2, 5, 6);
        if (!right) continue;
        _tile_loadd(7, b + j * 2 * tile_block + 2 * tile, b_step);
        _tile_dpbf16ps(1, 4, 7);
        if (lower) _tile_dpbf16ps(3, 5, 7);
      }
    }
  }
  constexpr int64_t step = tile_block * sizeof(float);
  _tile_stored(0, c, step);
  _tile_stored(1, c + tile, step);
  _tile_stored(2, c + tile * tile_block, step);
  _tile_stored(3, c + tile * tile_block + tile, step);
}

bool has_amx() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  static const bool has =
      __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d >> 22 & 1) && (d >> 24 & 1) && request_tiles();
  return has;
}

bool has_avx512_bf16() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 5 & 1);
}

#else  // panels are narrower than a block of tiles

void multiply_amx(const PackedOperands&, int64_t, int64_t, float*) { std::abort(); }
void multiply_avx512_bf16(const PackedOperands&, int64_t, int64_t, float*) { std::abort(); }
bool has_amx() { return false; }
bool has_avx512_bf16() { return false; }

#endif

}  // namespace tensor::kernels::fast
