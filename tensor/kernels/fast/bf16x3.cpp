#include "tensor/kernels/fast/bf16x3.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "tensor/kernels/convert.h"
#include "tensor/kernels/fast/gemm.h"

#if defined(__AVX512F__)
#include <cpuid.h>
#include <immintrin.h>
#endif
#if defined(__AVX512F__) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

// float32 products at several times float32's speed, on processors that multiply matrices of
// bfloat16. bfloat16 is the upper half of a float32: all of its range, 8 of its 24 bits. So a
// float32 is the sum of three of them, and nothing is lost:
//
//   x0 = round(x)      x1 = round(x - x0)      x2 = x - x0 - x1      x = x0 + x1 + x2
//
// each about 2^-8 of the one before. The product of two numbers is then a sum of nine products of
// pieces, which are exact in float32, and there the sums are taken too:
//
//   a x = a0 x0                                             1
//       + a0 x1 + a1 x0                                     2^-8
//       + a0 x2 + a1 x1 + a2 x0                             2^-16
//       + a1 x2 + a2 x1 + a2 x2                             2^-24: less than float32's rounding
//
// Six are enough. A float16, of 11 bits, has but two pieces, which leaves five, and a bfloat16 is
// one, which leaves three. An AMX instruction multiplies tiles, c[16][16] += a[16][32]
// b[16][16][2], in the time of sixteen AVX-512 ones: 2.7 to 5 times as much remains.
//
// It takes two lines of b at a time: for each column the numbers of lines 2 k and 2 k + 1 are
// neighbours. Of a's rows it takes 32 numbers as they lie; a depth that is no multiple of 32 is
// filled up with zeros. The sum over one chunk of the depth is taken in tiles that begin with 0,
// before c gets it, as in panels.cpp. A tile takes 32 products before it rounds to its own digits,
// so the error is about half of that of the same sum in float32. What bfloat16 can't hold: a number
// above its largest, 3.39e38, or an infinity makes NaN, and a piece below 2^-126 counts as 0.
//
// With one piece of each there is no more to do than one product, and two to three digits are left:
// that is set_bfloat16. AVX512-BF16 does that too, c[16] += a[2] b[16][2], at up to twice the rate
// of float32.
//
// Source: Henry, Tang, Heinecke: "Leveraging the bfloat16 artificial intelligence datatype for
// higher-precision computations" (arXiv 1904.06376); Intel's "Architecture instruction set
// extensions programming reference", chapters 2 and 3.

namespace tensor::kernels {

namespace {

constexpr int64_t cache_line = 64;  // bytes

typedef uint32_t Bits __attribute__((vector_size(lanes * sizeof(float))));
typedef uint16_t Halves __attribute__((vector_size(lanes * sizeof(float))));

/// The pieces of each of x's numbers, in the upper halves of their bits. The last takes what is
/// left, unless it is the only one. NaN makes NaN of the last.
template <int64_t count>
inline void split(Vector x, Bits (&pieces)[count]) {
  for (int64_t i = 0; i + 1 < count; ++i) {
    pieces[i] = (std::bit_cast<Bits>(x) + 0x8000) & 0xffff0000;
    x -= std::bit_cast<Vector>(pieces[i]);
  }
  auto last = std::bit_cast<Bits>(x);
  if (count == 1) last = x == x ? last + 0x7fff + (last >> 16 & 1) : last | 0x400000;
  pieces[count - 1] = last & 0xffff0000;
}

template <size_t... i>
Halves upper_halves(const Bits& a, const Bits& b, std::index_sequence<i...>) {
  const auto halves_a = std::bit_cast<Halves>(a), halves_b = std::bit_cast<Halves>(b);
  return __builtin_shufflevector(halves_a, halves_b, (2 * i + 1)...);
}

/// 32 numbers of a row. All are read before any piece is written.
template <DType dtype, int64_t count>
void split_numbers(const char* a, uint16_t* out) {
  Bits pieces[tile_depth / lanes][count];
  for (int64_t i = 0; i < tile_depth / lanes; ++i) {
    split(load_numbers<dtype>(a + i * lanes * size_of(dtype)), pieces[i]);
  }
  for (int64_t j = 0; j < count; ++j) {
    for (int64_t i = 0; i < tile_depth / lanes; i += 2, out += 2 * lanes) {
      const Halves halves =
          upper_halves(pieces[i][j], pieces[i + 1][j], std::make_index_sequence<2 * lanes>());
      __builtin_memcpy(out, &halves, sizeof halves);
    }
  }
}

template <DType dtype, int64_t count>
void split_rows_of(const char* a, int64_t row_step, int64_t rows, int64_t depth, uint16_t* out) {
  const int64_t whole = depth / tile_depth * tile_depth;
  for (int64_t row = 0; row < rows; ++row, a += row_step * size_of(dtype)) {
    for (int64_t k = 0; k < whole; k += tile_depth, out += count * tile_depth) {
      // No processor guesses that the next rows are read, and then the same rows further on. What
      // lies beyond the end is not fetched.
      for (int64_t i = k; i < k + tile_depth; i += cache_line / size_of(dtype)) {
        __builtin_prefetch(a + (i + 6 * row_step) * size_of(dtype), 0, 3);
        __builtin_prefetch(a + (i + 2 * depth) * size_of(dtype), 0, 2);
      }
      split_numbers<dtype, count>(a + k * size_of(dtype), out);
    }
    if (whole == depth) continue;
    char last[tile_depth * size_of(dtype)] = {};
    __builtin_memcpy(last, a + whole * size_of(dtype), (depth - whole) * size_of(dtype));
    split_numbers<dtype, count>(last, out);
    out += count * tile_depth;
  }
}

/// Two lines. Of the columns of a vector all are read before any piece is written.
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
void split_lines_of(const float* lines, int64_t depth, uint16_t* out) {
  constexpr int64_t step = 2 * count * panel_width;
  for (int64_t k = 0; k < depth / 2; ++k, lines += 2 * panel_width, out += step) {
    split_pair<count>(lines, lines + panel_width, out);
  }
  if (depth % 2 == 1) {
    const float zeros[panel_width] = {};
    split_pair<count>(lines, zeros, out);
    out += step;
  }
  std::fill_n(out, (fill_up(depth) / 2 - divide_up(depth, 2)) * step, uint16_t{0});
}

constexpr int64_t tile = 16;         // rows, and columns of 4 bytes
constexpr int64_t block = 2 * tile;  // rows and columns of a block of sums: 2 x 2 tiles

/// What the sides of a product are, for what multiplies them.
struct Sides {
  const uint16_t* a;  // (block, depth / 32, pieces, 32), whose rows lie a_step apart
  int64_t a_step;
  const uint16_t* panel;  // (depth / 2, pieces, block, 2)
  int64_t depth;          // a multiple of tile_depth
  Form pieces;
};

/// sums (block, block) = a panel. Rows from `rows` on, and columns from `columns` on, may be
/// anything.
using MultiplyBlock = void (*)(const Sides& sides, int64_t rows, int64_t columns, float* sums);

void multiply_plainly(const Sides& s, int64_t rows, int64_t columns, float* sums) {
  std::fill_n(sums, block * block, 0.0f);
  for (int64_t k = 0; k < s.depth; k += 2) {
    for (int64_t i = 0; i < s.pieces.left; ++i) {
      for (int64_t j = 0; i + j < s.pieces.right; ++j) {
        const uint16_t* b = s.panel + (k / 2 * s.pieces.right + j) * 2 * block;
        for (int64_t row = 0; row < rows; ++row) {
          const int64_t step = (k / tile_depth * s.pieces.left + i) * tile_depth + k % tile_depth;
          const uint16_t* a = s.a + row * s.a_step + step;
          for (int64_t column = 0; column < columns; ++column) {
            sums[row * block + column] += widen_bf16(a[0]) * widen_bf16(b[2 * column]) +
                                          widen_bf16(a[1]) * widen_bf16(b[2 * column + 1]);
          }
        }
      }
    }
  }
}

#if defined(__AVX512F__)  // or a panel has not the width that these want
static_assert(panel_width == block);

__attribute__((target("avx512bf16"))) void multiply_vectors(const Sides& s, int64_t rows, int64_t,
                                                            float* sums) {
  constexpr int64_t height = 8;  // rows: 16 sums
  for (int64_t first = 0; first < rows; first += height) {
    __m512 c[height][2] = {};
    for (int64_t k = 0; k < s.depth; k += 2) {
      const uint16_t* panel = s.panel + k * block;
      const auto b0 = std::bit_cast<__m512bh>(_mm512_loadu_si512(panel));
      const auto b1 = std::bit_cast<__m512bh>(_mm512_loadu_si512(panel + 2 * lanes));
      for (int64_t i = 0; i < height; ++i) {
        int pair;
        __builtin_memcpy(&pair, s.a + (first + i) * s.a_step + k, sizeof pair);
        const auto a = std::bit_cast<__m512bh>(_mm512_set1_epi32(pair));
        c[i][0] = _mm512_dpbf16_ps(c[i][0], a, b0);
        c[i][1] = _mm512_dpbf16_ps(c[i][1], a, b1);
      }
    }
    for (int64_t i = 0; i < height; ++i, sums += block) {
      for (int64_t j = 0; j < 2; ++j) _mm512_storeu_ps(sums + j * lanes, c[i][j]);
    }
  }
}

/// The tiles' shapes, which a thread keeps once it has said them: 16 rows of 64 bytes each.
__attribute__((target("amx-tile"))) void shape_tiles() {
  struct alignas(64) {
    uint8_t palette = 1, start_row = 0, reserved[14] = {};
    uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
  } config;
  _tile_loadconfig(&config);
}

__attribute__((target("amx-tile,amx-bf16"))) void multiply_tiles(const Sides& s, int64_t rows,
                                                                 int64_t columns, float* sums) {
  static thread_local bool is_shaped = false;
  if (!is_shaped) shape_tiles();
  is_shaped = true;
  const bool lower = rows > tile, right = columns > tile;  // or only the upper and left tiles
  const int64_t b_pair = s.pieces.right * 2 * block;
  const int64_t a_step = s.a_step * 2, b_step = b_pair * 2;  // in bytes
  const uint16_t* a = s.a;
  const uint16_t* b = s.panel;
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  for (int64_t k = 0; k < s.depth; k += tile_depth, b += tile * b_pair) {
    for (int64_t i = 0; i < s.pieces.left; ++i, a += tile_depth) {
      _tile_loadd(4, a, a_step);
      if (lower) _tile_loadd(5, a + tile * s.a_step, a_step);
      for (int64_t j = 0; i + j < s.pieces.right; ++j) {
        _tile_loadd(6, b + j * 2 * block, b_step);
        _tile_dpbf16ps(0, 4, 6);
        if (lower) _tile_dpbf16ps(2, 5, 6);
        if (!right) continue;
        _tile_loadd(7, b + j * 2 * block + 2 * tile, b_step);
        _tile_dpbf16ps(1, 4, 7);
        if (lower) _tile_dpbf16ps(3, 5, 7);
      }
    }
  }
  constexpr int64_t step = block * sizeof(float);
  _tile_stored(0, sums, step);
  _tile_stored(1, sums + tile, step);
  _tile_stored(2, sums + tile * block, step);
  _tile_stored(3, sums + tile * block + tile, step);
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

bool has_tiles() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  static const bool has =
      __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d >> 22 & 1) && (d >> 24 & 1) && ask_for_tiles();
  return has;
}

bool has_vectors() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a >> 5 & 1);
}

#else

constexpr MultiplyBlock multiply_tiles = nullptr, multiply_vectors = nullptr;
bool has_tiles() { return false; }
bool has_vectors() { return false; }

#endif

// What multiplies the pieces of float32, and those of bfloat16; null: nothing does.
MultiplyBlock multiply_floats = nullptr, multiply_bfloat16 = nullptr;
bool rounds_linear = false;

[[maybe_unused]] const bool is_set = set_piece_multiplier(PieceMultiplier::best);

}  // namespace

bool set_piece_multiplier(PieceMultiplier choice) {
  MultiplyBlock floats = nullptr, rounded = nullptr;
  switch (choice) {
    case PieceMultiplier::best:
      if (has_tiles())
        floats = rounded = multiply_tiles;
      else if (has_vectors())
        rounded = multiply_vectors;
      break;
    case PieceMultiplier::vectors:
      if (!has_vectors()) return false;
      rounded = multiply_vectors;
      break;
    case PieceMultiplier::plain_loops:
      if (panel_width != block) return false;
      floats = rounded = multiply_plainly;
      break;
    case PieceMultiplier::none:
      break;
  }
  multiply_floats = floats;
  multiply_bfloat16 = rounded;
  rounds_linear = rounds_linear && rounded;
  return true;
}

bool set_bfloat16(bool on) {
  rounds_linear = on && multiply_bfloat16;
  return rounds_linear == on;
}

Form float_form(DType left) {
  if (!multiply_floats) return {};
  return {left == DType::bf16 ? 1 : left == DType::f16 ? 2 : 3, 3};
}

Form linear_form(DType left) { return rounds_linear ? Form{1, 1} : float_form(left); }

void split_rows(const void* a, DType dtype, int64_t row_step, int64_t rows, int64_t depth,
                int64_t pieces, void* out) {
  const auto split_all = pieces == 3           ? split_rows_of<DType::f32, 3>
                         : pieces == 2         ? split_rows_of<DType::f16, 2>
                         : dtype == DType::f32 ? split_rows_of<DType::f32, 1>
                         : dtype == DType::f16 ? split_rows_of<DType::f16, 1>
                                               : split_rows_of<DType::bf16, 1>;
  split_all(static_cast<const char*>(a), row_step, rows, depth, static_cast<uint16_t*>(out));
}

void split_lines(const float* lines, int64_t depth, int64_t pieces, void* out) {
  const auto split_all = pieces == 1 ? split_lines_of<1> : split_lines_of<3>;
  split_all(lines, depth, static_cast<uint16_t*>(out));
}

void multiply_pieces(const Form& form, int64_t rows, int64_t depth, const void* a, int64_t a_step,
                     const void* panel, float* c, int64_t c_step, Result result,
                     int64_t used_columns) {
  Sides sides = {static_cast<const uint16_t*>(a), a_step, static_cast<const uint16_t*>(panel),
                 fill_up(depth), form};
  const auto multiply_block = form.right == 1 ? multiply_bfloat16 : multiply_floats;
  const int64_t columns = std::min(block, used_columns);
  alignas(64) float sums[block * block];
  for (int64_t row = 0; row < rows; row += block, sides.a += block * a_step) {
    const int64_t height = std::min(block, rows - row);
    multiply_block(sides, height, columns, sums);
    const float* line = sums;
    for (int64_t i = 0; i < height; ++i, line += block, c += c_step) {
      for (int64_t j = 0; j < columns; j += lanes) {
        const Vector sum = load(line + j);
        store(result == Result::add ? load(c + j) + sum : sum, c + j);
      }
    }
  }
}

}  // namespace tensor::kernels
