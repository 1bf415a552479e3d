#pragma once

#include <cstdint>

/// Products of bfloat16 matrices by AMX, by AVX512-BF16 and by portable loops.
namespace tensor::kernels::fast {

/// AMX's tiles: 16 rows of 32 bfloat16 values for A, 16 pairs of rows of 16 columns for B.
inline constexpr int64_t tile = 16;
inline constexpr int64_t tile_depth = 32;
/// Rows and columns of the block of C that is kept in tile registers: 2 x 2 tiles.
inline constexpr int64_t tile_block = 2 * tile;

/// The operands of a block product, packed by bf16x3.cpp. `depth` is a multiple of tile_depth.
struct PackedOperands {
  const uint16_t* a;  // (tile_block, depth / 32, terms_a, 32), whose rows lie a_step apart
  int64_t a_step;
  const uint16_t* b;  // (depth / 2, terms_b, tile_block, 2)
  int64_t depth;
  int64_t terms_a, terms_b;
};

/// c (tile_block, tile_block) = A B, the sum over all terms i of A and j of B with
/// i + j < terms_b. Rows of c from `rows` on, and columns from `columns` on, are unspecified.
using MultiplyTiles = void (*)(const PackedOperands& operands, int64_t rows, int64_t columns,
                               float* c);

/// By AMX. Call it only if has_amx().
void multiply_amx(const PackedOperands& operands, int64_t rows, int64_t columns, float* c);
bool has_amx();

/// By AVX512-BF16, for terms_a = terms_b = 1 only. Call it only if has_avx512_bf16().
void multiply_avx512_bf16(const PackedOperands& operands, int64_t rows, int64_t columns, float* c);
bool has_avx512_bf16();

/// By portable loops with AMX's semantics, for the tests.
void multiply_scalar(const PackedOperands& operands, int64_t rows, int64_t columns, float* c);

}  // namespace tensor::kernels::fast
