#pragma once

#include <cstdint>

#include "tensor/kernels/kernels.h"
#include "tensor/kernels/vector.h"

/// Products of matrices, fast: their right-hand side lies in panels, as wide as the processor's
/// registers want them.
namespace tensor::kernels {

/// Columns of a panel. A panel of depth K is an array (K, panel_width).
inline constexpr int64_t panel_width = 2 * lanes;

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

/// A stretch of a weight (outputs, width): some rows, and some columns of them.
struct Stretch {
  const Weight& weight;
  int64_t width;
  int64_t output, outputs;
  int64_t input, depth;
};

/// sums += w panels for each panel of as many as `columns` fill: they lie `step` apart, and their
/// sums, (outputs, panel_width) each, one behind the other. The weights are widened on the way;
/// `wide` has room for all of them.
void multiply_weight(const Stretch& w, const float* panels, int64_t step, int64_t columns,
                     float* wide, float* sums);

/// x^T in panels: row i of x (rows, depth), whose rows lie `step` apart, becomes column
/// i % panel_width of panel i / panel_width; columns beyond the last row are 0. `panels` has room
/// for ceil(rows / panel_width) of them.
void pack_rows(const float* x, int64_t rows, int64_t depth, int64_t step, float* panels);

/// The way back for one panel: its first `rows` columns become rows, `step` apart.
void unpack_rows(const float* panel, int64_t rows, int64_t depth, float* x, int64_t step);

}  // namespace tensor::kernels
