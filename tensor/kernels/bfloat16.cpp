#include "tensor/kernels/bfloat16.h"

#include <algorithm>
#include <bit>
#include <vector>

#include "tensor/kernels/panels.h"
#include "tensor/kernels/storage.h"

#if defined(__AVX512F__)
#include <cpuid.h>
#include <immintrin.h>
#endif
#if defined(__AVX512F__) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

// A linear layer for those who would rather wait half as long than have seven digits. bfloat16 is
// the upper half of a float32: all of its range, 8 of its 24 bits. The products of two such numbers
// are exact in float32, and so are summed up there; what is lost is lost as x and w are rounded.
//
// It goes as linear.cpp does, but an instruction takes two products at a time: in every register
// the numbers for inputs 2 k and 2 k + 1 are neighbours.
//
//   AVX512-BF16   c[16] += a[2] b[16][2]                  as the micro-kernel of panels.cpp
//   AMX           c[16][16] += a[16][32] b[16][16][2]     whole tiles: 16 times as much
//
// A panel of x is (K / 2, panel_width, 2), and w lies as it is stored, row by row; a depth that is
// no multiple of a tile's 32 is filled up with zeros.
//
// Source: Intel's "Architecture instruction set extensions programming reference", chapters 2
// and 3.

namespace tensor::kernels {

namespace {

constexpr int64_t tile = 16;        // rows, and columns of 4 bytes
constexpr int64_t tile_depth = 32;  // numbers of 2 bytes
constexpr int64_t task_rows = 512;
constexpr int64_t task_outputs = 192;  // at most
constexpr int64_t chunk_inputs = 512;

/// Rounded to the nearest, half to even; NaN stays one.
uint16_t round_to_bfloat16(float x) {
  const auto bits = std::bit_cast<uint32_t>(x);
  const uint32_t rounded = bits + 0x7fff + (bits >> 16 & 1);
  return static_cast<uint16_t>((x == x ? rounded : bits | 0x400000) >> 16);
}

/// Columns of x^T as pairs: `panel` (depth / 2, panel_width, 2) from rows of `depth` numbers.
void pack_pairs(const float* x, int64_t rows, int64_t depth, int64_t step, int64_t padded_depth,
                float* line, uint16_t* panel) {
  pack_rows(x, rows, depth, step, line);
  std::fill_n(line + depth * panel_width, (padded_depth - depth) * panel_width, 0.0f);
  for (int64_t k = 0; k < padded_depth; k += 2, line += 2 * panel_width, panel += 2 * panel_width) {
#pragma omp simd
    for (int64_t i = 0; i < panel_width; ++i) {
      panel[2 * i] = round_to_bfloat16(line[i]);
      panel[2 * i + 1] = round_to_bfloat16(line[panel_width + i]);
    }
  }
}

/// c (rows, panel_width) += a (rows, depth) panel (depth, panel_width); rows is a multiple of 32.
using MultiplyPairs = void (*)(int64_t rows, int64_t depth, const uint16_t* a,
                               const uint16_t* panel, float* c);
MultiplyPairs multiply_pairs = nullptr;  // null: linear layers stay in float32

#if defined(__AVX512F__)  // or a panel has not the width that these want

__attribute__((target("avx512bf16"))) void multiply_vectors(int64_t rows, int64_t depth,
                                                            const uint16_t* a,
                                                            const uint16_t* panel, float* c) {
  constexpr int64_t block = 8;  // rows: 16 sums
  for (int64_t row = 0; row < rows; row += block, c += block * panel_width) {
    __m512 sums[block][2];
    for (int64_t i = 0; i < block; ++i) {
      for (int64_t j = 0; j < 2; ++j) sums[i][j] = _mm512_loadu_ps(c + i * panel_width + j * lanes);
    }
    for (int64_t k = 0; k < depth; k += 2) {
      const auto b0 = std::bit_cast<__m512bh>(_mm512_loadu_si512(panel + k * panel_width));
      const auto b1 =
          std::bit_cast<__m512bh>(_mm512_loadu_si512(panel + k * panel_width + 2 * lanes));
      for (int64_t i = 0; i < block; ++i) {
        int pair;
        __builtin_memcpy(&pair, a + (row + i) * depth + k, sizeof pair);
        const auto x = std::bit_cast<__m512bh>(_mm512_set1_epi32(pair));
        sums[i][0] = _mm512_dpbf16_ps(sums[i][0], x, b0);
        sums[i][1] = _mm512_dpbf16_ps(sums[i][1], x, b1);
      }
    }
    for (int64_t i = 0; i < block; ++i) {
      for (int64_t j = 0; j < 2; ++j) _mm512_storeu_ps(c + i * panel_width + j * lanes, sums[i][j]);
    }
  }
}

__attribute__((target("amx-tile,amx-bf16"))) void multiply_tiles(int64_t rows, int64_t depth,
                                                                 const uint16_t* a,
                                                                 const uint16_t* panel, float* c) {
  struct alignas(64) {
    uint8_t palette = 1, start_row = 0, reserved[14] = {};
    uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
  } config;
  _tile_loadconfig(&config);
  constexpr int64_t c_step = panel_width * sizeof(float), b_step = 2 * panel_width * 2;
  const int64_t a_step = depth * 2;
  for (int64_t row = 0; row < rows; row += 2 * tile, c += 2 * tile * panel_width) {
    float* lower = c + tile * panel_width;
    _tile_loadd(0, c, c_step);
    _tile_loadd(1, c + tile, c_step);
    _tile_loadd(2, lower, c_step);
    _tile_loadd(3, lower + tile, c_step);
    for (int64_t k = 0; k < depth; k += tile_depth) {
      _tile_loadd(4, a + row * depth + k, a_step);
      _tile_loadd(5, a + (row + tile) * depth + k, a_step);
      _tile_loadd(6, panel + k * panel_width, b_step);
      _tile_loadd(7, panel + k * panel_width + 2 * tile, b_step);
      _tile_dpbf16ps(0, 4, 6);
      _tile_dpbf16ps(1, 4, 7);
      _tile_dpbf16ps(2, 5, 6);
      _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, c, c_step);
    _tile_stored(1, c + tile, c_step);
    _tile_stored(2, lower, c_step);
    _tile_stored(3, lower + tile, c_step);
  }
}

/// The system gives the tiles' 8 KB of registers to whoever asks for them.
bool ask_for_tiles() {
#if defined(__linux__)
  constexpr int request_permission = 0x1023, tile_data = 18;
  return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
#else
  return false;
#endif
}

MultiplyPairs processors_own() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  const bool tiles = __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d >> 22 & 1) && (d >> 24 & 1);
  const bool vectors = __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 5 & 1);
  if (tiles && ask_for_tiles()) return multiply_tiles;
  return vectors ? multiply_vectors : nullptr;
}

#else

MultiplyPairs processors_own() { return nullptr; }

#endif

int64_t padded(int64_t count, int64_t multiple) { return divide_up(count, multiple) * multiple; }

}  // namespace

bool set_bfloat16(bool on) {
  multiply_pairs = on ? processors_own() : nullptr;
  return is_bfloat16() == on;
}

bool is_bfloat16() { return multiply_pairs != nullptr; }

void linear_bfloat16(const float* x, int64_t rows, int64_t inputs, const Weight& w,
                     const Weight& bias, int64_t outputs, float* out) {
  std::vector<float> biases(outputs, 0.0f);
  if (bias.data) widen(bias.data, bias.dtype, outputs, biases.data());
  const int64_t depth = padded(inputs, tile_depth), all_rows = padded(rows, panel_width);
  const auto packed = allocate(depth * all_rows / 2);  // for each chunk the panels of all rows
  const auto panel = [&](int64_t input, int64_t count, int64_t row) {
    return reinterpret_cast<uint16_t*>(packed.get()) + input * all_rows + row * count;
  };
  const int64_t team = threads_for(static_cast<double>(rows) * inputs * outputs);
  const int64_t blocks = std::min(divide_up(outputs, task_outputs * team) * team, outputs);
#pragma omp parallel num_threads(team)
  {
    static thread_local const auto line = allocate(chunk_inputs * panel_width);
    static thread_local const auto wide = allocate(chunk_inputs);
    static thread_local const auto weights =
        allocate(padded(task_outputs, 2 * tile) * chunk_inputs / 2);
    static thread_local const auto sums = allocate(padded(task_outputs, 2 * tile) * task_rows);
    auto* pairs = reinterpret_cast<uint16_t*>(weights.get());
#pragma omp for collapse(2)
    for (int64_t input = 0; input < depth; input += chunk_inputs) {
      for (int64_t row = 0; row < rows; row += panel_width) {
        const int64_t count = std::min(chunk_inputs, depth - input);
        pack_pairs(x + row * inputs + input, std::min(panel_width, rows - row),
                   std::min(count, inputs - input), inputs, count, line.get(),
                   panel(input, count, row));
      }
    }
#pragma omp for collapse(2) schedule(dynamic)
    for (int64_t row = 0; row < rows; row += task_rows) {
      for (int64_t block = 0; block < blocks; ++block) {
        const int64_t first = outputs * block / blocks, stop = outputs * (block + 1) / blocks;
        const int64_t count = padded(stop - first, 2 * tile);
        const int64_t task = std::min(task_rows, rows - row);
        for (int64_t i = 0; i < task; i += panel_width) {
          for (int64_t o = 0; o < count; ++o) {
            std::fill_n(sums.get() + i * count + o * panel_width, panel_width,
                        first + o < stop ? biases[first + o] : 0.0f);
          }
        }
        for (int64_t input = 0; input < depth; input += chunk_inputs) {
          const int64_t chunk = std::min(chunk_inputs, depth - input);
          std::fill_n(pairs, count * chunk, uint16_t{0});
          for (int64_t o = first; o < stop; ++o) {
            const int64_t used = std::min(chunk, inputs - input);
            widen_block(w, inputs, o, 1, input, used, wide.get());
            uint16_t* target = pairs + (o - first) * chunk;
#pragma omp simd
            for (int64_t k = 0; k < used; ++k) target[k] = round_to_bfloat16(wide.get()[k]);
          }
          for (int64_t i = 0; i < task; i += panel_width) {
            multiply_pairs(count, chunk, pairs, panel(input, chunk, row + i),
                           sums.get() + i * count);
          }
        }
        for (int64_t i = 0; i < task; i += panel_width) {
          unpack_rows(sums.get() + i * count, std::min(panel_width, task - i), stop - first,
                      out + (row + i) * outputs + first, outputs);
        }
      }
    }
  }
}

}  // namespace tensor::kernels
