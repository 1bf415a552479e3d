#include "tensor/kernels/fast/packing.h"

#include <algorithm>

#include "tensor/kernels/fast/gemm.h"

// A product x w^T reads x by columns, and vector instructions read neighbours in memory. So x is
// packed: panel_width of its rows (two vectors) become the columns of a panel, an array (depth,
// panel_width) with contiguous rows. This transposition costs one pass over x.
//
// Source: Goto, van de Geijn: "Anatomy of high-performance matrix multiplication" (2008), packing.

namespace tensor::kernels::fast {

namespace {

/// A square becomes its transpose: interleaving rows i and i + lanes / 2 halves the distance
/// between the elements of a column, and after log2(lanes) rounds they are neighbours.
void transpose(Vector square[lanes]) {
  for (int64_t round = 1; round < lanes; round *= 2) {
    Vector next[lanes];
    for (int64_t i = 0; i < lanes / 2; ++i) {
      next[2 * i] = interleave_lower(square[i], square[i + lanes / 2]);
      next[2 * i + 1] = interleave_upper(square[i], square[i + lanes / 2]);
    }
    std::copy_n(next, lanes, square);
  }
}

}  // namespace

void transpose(const float* from, int64_t from_step, int64_t rows, int64_t columns, float* to,
               int64_t to_step) {
  const int64_t square_rows = rows / lanes * lanes, square_columns = columns / lanes * lanes;
  for (int64_t i = 0; i < square_rows; i += lanes) {
    for (int64_t j = 0; j < square_columns; j += lanes) {
      Vector square[lanes];
      for (int64_t k = 0; k < lanes; ++k) square[k] = load(from + (i + k) * from_step + j);
      transpose(square);
      for (int64_t k = 0; k < lanes; ++k) store(square[k], to + (j + k) * to_step + i);
    }
  }
  for (int64_t j = 0; j < columns; ++j) {  // the elements outside of the squares
    for (int64_t i = j < square_columns ? square_rows : 0; i < rows; ++i) {
      to[j * to_step + i] = from[i * from_step + j];
    }
  }
}

void pack_rows(const float* x, int64_t rows, int64_t depth, int64_t step, float* panels) {
  for (int64_t first = 0; first < rows; first += panel_width, panels += depth * panel_width) {
    const int64_t count = std::min(panel_width, rows - first);
    transpose(x + first * step, step, count, depth, panels, panel_width);
    if (count == panel_width) continue;
    for (int64_t k = 0; k < depth; ++k) {
      std::fill(panels + k * panel_width + count, panels + (k + 1) * panel_width, 0.0f);
    }
  }
}

void unpack_rows(const float* panel, int64_t rows, int64_t depth, float* x, int64_t step) {
  transpose(panel, panel_width, depth, rows, x, step);
}

}  // namespace tensor::kernels::fast
