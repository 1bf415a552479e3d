#pragma once

#include <cstdint>

/// Moving matrices into panels and back: transpositions by vectors.
namespace tensor::kernels::fast {

/// x^T in panels: row i of x (rows, depth), whose rows lie `step` apart, becomes column
/// i % panel_width of panel i / panel_width; columns beyond the last row are 0. `panels` has the
/// size of ceil(rows / panel_width) panels.
void pack_rows(const float* x, int64_t rows, int64_t depth, int64_t step, float* panels);

/// The inverse for one panel: its first `rows` columns become rows of x, `step` apart.
void unpack_rows(const float* panel, int64_t rows, int64_t depth, float* x, int64_t step);

/// to (columns, rows) = from (rows, columns)^T.
void transpose(const float* from, int64_t from_step, int64_t rows, int64_t columns, float* to,
               int64_t to_step);

}  // namespace tensor::kernels::fast
