#include "tensor/kernels/fast/bf16x3.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "tensor/kernels/convert.h"
#include "tensor/kernels/fast/packing.h"

// bf16x3: float32 products at several times float32's speed, on processors that multiply matrices
// of bfloat16 (amx.cpp). bfloat16 is the upper half of a float32: its whole range, 8 of its 24
// bits. So a float32 is the exact sum of three bfloat16 terms:
//
//   x0 = round(x)      x1 = round(x - x0)      x2 = x - x0 - x1      x = x0 + x1 + x2
//
// each about 2^-8 of the one before. The product of two values is then a sum of nine products of
// terms. Each is exact in float32, the type of AMX's sums:
//
//   a x = a0 x0                                             1
//       + a0 x1 + a1 x0                                     2^-8
//       + a0 x2 + a1 x1 + a2 x0                             2^-16
//       + a1 x2 + a2 x1 + a2 x2                             2^-24: less than float32's rounding
//
// Six are enough. A float16, of 11 bits, has two terms, so five products are enough; a bfloat16 has
// one, so three are. AMX is sixteen times as fast as AVX-512: of that 2.7 to 5 times remain.
//
// The sum over one chunk of the depth is taken in tiles that begin with 0 and is then added to c,
// as in micro_kernel.cpp. Two kinds of values differ from float32: a value above bfloat16's
// largest, 3.39e38, or an infinity becomes NaN, and a term below 2^-126 counts as 0.
//
// With one term of each operand there is only one product, with two to three digits: this is the
// mode of set_bfloat16.
//
// Source: Henry, Tang, Heinecke: "Leveraging the bfloat16 artificial intelligence datatype for
// higher-precision computations" (arXiv 1904.06376). oneMKL calls the mode float_to_bf16x3.

namespace tensor::kernels::fast {

namespace {

constexpr int64_t cache_line = 64;  // bytes

typedef uint32_t Bits __attribute__((vector_size(lanes * sizeof(float))));
typedef uint16_t Halves __attribute__((vector_size(lanes * sizeof(float))));

/// The terms of each of x's elements, in the upper halves of their bits. The last term is the whole
/// remainder, unless it is the only term. For a NaN the last term is NaN.
template <int64_t count>
inline void split(Vector x, Bits (&terms)[count]) {
  for (int64_t i = 0; i + 1 < count; ++i) {
    terms[i] = (std::bit_cast<Bits>(x) + 0x8000) & 0xffff0000;
    x -= std::bit_cast<Vector>(terms[i]);
  }
  auto last = std::bit_cast<Bits>(x);
  if (count == 1) last = x == x ? last + 0x7fff + (last >> 16 & 1) : last | 0x400000;
  terms[count - 1] = last & 0xffff0000;
}

template <size_t... i>
Halves upper_halves(const Bits& a, const Bits& b, std::index_sequence<i...>) {
  const auto halves_a = std::bit_cast<Halves>(a), halves_b = std::bit_cast<Halves>(b);
  return __builtin_shufflevector(halves_a, halves_b, (2 * i + 1)...);
}

/// 32 elements of a row. All are read before any term is written.
template <DType dtype, int64_t count>
void split_elements(const char* a, uint16_t* out) {
  Bits terms[tile_depth / lanes][count];
  for (int64_t i = 0; i < tile_depth / lanes; ++i) {
    split(load_vector<dtype>(a + i * lanes * size_of(dtype)), terms[i]);
  }
  for (int64_t j = 0; j < count; ++j) {
    for (int64_t i = 0; i < tile_depth / lanes; i += 2, out += 2 * lanes) {
      const Halves halves =
          upper_halves(terms[i][j], terms[i + 1][j], std::make_index_sequence<2 * lanes>());
      __builtin_memcpy(out, &halves, sizeof halves);
    }
  }
}

template <DType dtype, int64_t count>
void split_rows_of(const char* a, int64_t row_step, int64_t rows, int64_t depth, uint16_t* out) {
  const int64_t whole = depth / tile_depth * tile_depth;
  for (int64_t row = 0; row < rows; ++row, a += row_step * size_of(dtype)) {
    for (int64_t k = 0; k < whole; k += tile_depth, out += count * tile_depth) {
      // The access pattern (a few elements of each row, then further right in the same rows)
      // defeats the hardware prefetcher, so this prefetches by hand. Prefetches beyond the end do
      // nothing.
      for (int64_t i = k; i < k + tile_depth; i += cache_line / size_of(dtype)) {
        __builtin_prefetch(a + (i + 6 * row_step) * size_of(dtype), 0, 3);
        __builtin_prefetch(a + (i + 2 * depth) * size_of(dtype), 0, 2);
      }
      split_elements<dtype, count>(a + k * size_of(dtype), out);
    }
    if (whole == depth) continue;
    char last[tile_depth * size_of(dtype)] = {};
    __builtin_memcpy(last, a + whole * size_of(dtype), (depth - whole) * size_of(dtype));
    split_elements<dtype, count>(last, out);
    out += count * tile_depth;
  }
}

/// Two rows of a panel. For each vector of columns all elements are read before any term is
/// written.
template <int64_t count>
void split_pair(const float* even, const float* odd, uint16_t* out) {
  for (int64_t i = 0; i < panel_width; i += lanes) {
    Bits low[count], high[count];
    split(load(even + i), low);
    split(load(odd + i), high);
    for (int64_t j = 0; j < count; ++j) {
      const Bits pairs = low[j] >> 16 | high[j];
      __builtin_memcpy(out + 2 * (j * panel_width + i), &pairs, sizeof pairs);
    }
  }
}

template <int64_t count>
void split_panel_of(const float* rows, int64_t depth, uint16_t* out) {
  constexpr int64_t step = 2 * count * panel_width;
  for (int64_t k = 0; k < depth / 2; ++k, rows += 2 * panel_width, out += step) {
    split_pair<count>(rows, rows + panel_width, out);
  }
  if (depth % 2 == 1) {
    const float zeros[panel_width] = {};
    split_pair<count>(rows, zeros, out);
    out += step;
  }
  std::fill_n(out, (padded_depth(depth) / 2 - divide_up(depth, 2)) * step, uint16_t{0});
}

using SplitRows = decltype(&split_rows_of<DType::f32, 1>);

/// One term of each element: its bfloat16.
SplitRows rounded_rows(DType dtype) {
  switch (dtype) {
    case DType::f32:
      return split_rows_of<DType::f32, 1>;
    case DType::f16:
      return split_rows_of<DType::f16, 1>;
    case DType::bf16:
      return split_rows_of<DType::bf16, 1>;
    case DType::f8_e4m3:
      return split_rows_of<DType::f8_e4m3, 1>;
    case DType::f8_e5m2:
      return split_rows_of<DType::f8_e5m2, 1>;
    case DType::f64:
      return split_rows_of<DType::f64, 1>;
  }
  return nullptr;
}

}  // namespace

void split_rows(const void* a, DType dtype, int64_t row_step, int64_t rows, int64_t depth,
                int64_t terms, void* out) {
  const auto split_all =
      terms == 3 ? dtype == DType::f64 ? split_rows_of<DType::f64, 3> : split_rows_of<DType::f32, 3>
      : terms == 2 ? split_rows_of<DType::f16, 2>
                   : rounded_rows(dtype);
  split_all(static_cast<const char*>(a), row_step, rows, depth, static_cast<uint16_t*>(out));
}

void split_panel(const float* rows, int64_t depth, int64_t terms, void* out) {
  const auto split_all = terms == 1 ? split_panel_of<1> : split_panel_of<3>;
  split_all(rows, depth, static_cast<uint16_t*>(out));
}

int64_t Bf16Gemm::staged_row_size(int64_t depth) const {
  return padded_depth(depth) * std::max(terms_a_, int64_t{2}) / 2;
}

int64_t Bf16Gemm::staged_a_size(int64_t rows, int64_t depth) const {
  return divide_up(rows, tile_block) * tile_block * staged_row_size(depth);  // whole tiles are read
}

int64_t Bf16Gemm::packed_b_size(int64_t depth) const {
  return panel_width * padded_depth(depth) * std::max(terms_b_, int64_t{2}) / 2;
}

MatrixView Bf16Gemm::pack(const void* a, DType dtype, int64_t row_step, int64_t rows, int64_t depth,
                          float* workspace) const {
  split_rows(a, dtype, row_step, rows, depth, terms_a_, workspace);
  return {workspace, padded_depth(depth) * terms_a_ / 2};
}

MatrixView Bf16Gemm::pack_a(const MatrixView& a, int64_t rows, int64_t depth,
                            float* workspace) const {
  if (a.depth_step == 1) return pack(a.data, DType::f32, a.row_step, rows, depth, workspace);
  float* by_rows = workspace + staged_a_size(rows, depth) - rows * depth;
  transpose(a.data, a.depth_step, depth, rows, by_rows, depth);
  return pack(by_rows, DType::f32, depth, rows, depth, workspace);
}

MatrixView Bf16Gemm::pack_weight(const WeightBlock& w, int64_t first, int64_t rows,
                                 float* workspace) const {
  const int64_t offset = (w.output + first) * w.width + w.input;
  const char* elements = static_cast<const char*>(w.weight.data) + offset * size_of(w.weight.dtype);
  return pack(elements, w.weight.dtype, w.width, rows, w.depth, workspace);
}

float* Bf16Gemm::staged_b(float* panel, int64_t depth) const {
  return panel + packed_b_size(depth) - depth * panel_width;
}

void Bf16Gemm::pack_b(float* panel, int64_t depth) const {
  split_panel(staged_b(panel, depth), depth, terms_b_, panel);
}

void Bf16Gemm::multiply(int64_t rows, int64_t depth, const MatrixView& a, const float* panel,
                        float* c, int64_t c_step, Accumulate accumulate,
                        int64_t used_columns) const {
  PackedOperands operands = {reinterpret_cast<const uint16_t*>(a.data),
                             2 * a.row_step,
                             reinterpret_cast<const uint16_t*>(panel),
                             padded_depth(depth),
                             terms_a_,
                             terms_b_};
  const int64_t columns = std::min(tile_block, used_columns);
  alignas(64) float sums[tile_block * tile_block];
  for (int64_t row = 0; row < rows; row += tile_block, operands.a += tile_block * operands.a_step) {
    const int64_t height = std::min(tile_block, rows - row);
    multiply_tiles_(operands, height, columns, sums);
    const float* from = sums;
    for (int64_t i = 0; i < height; ++i, from += tile_block, c += c_step) {
      for (int64_t j = 0; j < columns; j += lanes) {
        const Vector sum = load(from + j);
        store(accumulate == Accumulate::yes ? load(c + j) + sum : sum, c + j);
      }
    }
  }
}

}  // namespace tensor::kernels::fast
