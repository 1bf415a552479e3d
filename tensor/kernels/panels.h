#pragma once

#include <cstdint>

#include "tensor/kernels/vector.h"

/// Products of matrices, fast: their right-hand side lies in panels, as wide as the processor's
/// registers want them.
namespace tensor::kernels {

/// Columns of a panel. A panel of depth K is an array (K, panel_width).
inline constexpr int64_t panel_width = 2 * lanes;

/// Rows of the left-hand side that are multiplied at a time.
inline constexpr int64_t block_rows = lanes == 16 ? 12 : 6;

/// How many rows of a left-hand side to make ready at a time for a product with so many panels. If
/// they are few, the L1 cache had better keep the rows, and else the panel.
inline int64_t rows_to_prepare(int64_t rows, int64_t panels) {
  return panels <= 4 ? block_rows : rows;
}

/// How many pieces of b cover a.
inline int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

enum class Result { replace, add };

/// A product's left-hand side: element (i, k) is data[i * row_step + k * depth_step].
struct Left {
  const float* data;
  int64_t row_step;
  int64_t depth_step = 1;
};

/// c (rows, panel_width) = a (rows, depth) panel (depth, panel_width), or c += that, on one thread;
/// rows of c lie `c_step` apart. Of a panel of which only some columns are used, those of its first
/// vector, the others may be left out.
void multiply(int64_t rows, int64_t depth, const Left& a, const float* panel, float* c,
              int64_t c_step, Result result, int64_t used_columns = panel_width);

/// x^T in panels: row i of x (rows, depth), whose rows lie `step` apart, becomes column
/// i % panel_width of panel i / panel_width; columns beyond the last row are 0. `panels` has room
/// for ceil(rows / panel_width) of them.
void pack_rows(const float* x, int64_t rows, int64_t depth, int64_t step, float* panels);

/// The way back for one panel: its first `rows` columns become rows, `step` apart.
void unpack_rows(const float* panel, int64_t rows, int64_t depth, float* x, int64_t step);

}  // namespace tensor::kernels
