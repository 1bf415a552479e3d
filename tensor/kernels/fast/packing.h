#pragma once

#include <cstdint>

/// Packing: matrices are transposed into panels and back, a vector at a time.
namespace tensor::kernels::fast {

/// Packs x^T into panels. Rows of x (rows, depth) lie `step` apart; row i becomes column
/// i % panel_width of panel i / panel_width. Columns beyond the last row are 0. `panels` is
/// (ceil(rows / panel_width), depth, panel_width).
void pack_rows(const float* x, int64_t rows, int64_t depth, int64_t step, float* panels);

/// The inverse for one panel (depth, panel_width): its first `rows` columns become rows of x, which
/// lie `step` apart.
void unpack_rows(const float* panel, int64_t rows, int64_t depth, float* x, int64_t step);

/// to (columns, rows) = from (rows, columns)^T. Rows lie from_step and to_step apart.
void transpose(const float* from, int64_t from_step, int64_t rows, int64_t columns, float* to,
               int64_t to_step);

}  // namespace tensor::kernels::fast
