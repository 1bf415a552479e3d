#pragma once

#include <cstdint>

#include "tensor/kernels/fast/bf16x3.h"
#include "tensor/kernels/fast/vector.h"
#include "tensor/kernels/kernels.h"

/// Products of matrices, fast: their right-hand side lies in panels, as wide as the processor's
/// registers want them.
namespace tensor::kernels {

/// Columns of a panel. A panel of depth K is an array (K, panel_width).
inline constexpr int64_t panel_width = 2 * lanes;

/// How many pieces of b cover a.
inline int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// A product's left-hand side: element (i, k) is data[i * row_step + k * depth_step]; or in pieces,
/// of which two take the place of a number, row by row.
struct Left {
  const float* data;
  int64_t row_step;
  int64_t depth_step = 1;
};

/// What a row of a left-hand side, `rows` of them, and a panel take up in a form, in floats.
int64_t row_room(const Form& form, int64_t depth);
int64_t left_room(const Form& form, int64_t rows, int64_t depth);
int64_t panel_room(const Form& form, int64_t depth);

/// The depth of which the L1 cache holds a panel.
inline constexpr int64_t deepest_panel = 384;
inline int64_t panel_depth(const Form& form) {
  return form.in_pieces() ? deepest_panel / form.right : 256;
}

/// a in a form: where it lies, or in pieces, in `room`, whose end it may lie in. One of its steps
/// is 1.
Left lay_out(const Form& form, const Left& a, int64_t rows, int64_t depth, float* room);

/// Where in its room a panel's lines, (depth, panel_width), are to be written; lay_out_panel then
/// makes of them what multiply wants.
float* lines_in(const Form& form, float* room, int64_t depth);
void lay_out_panel(const Form& form, float* room, int64_t depth);

/// c (rows, panel_width) = a (rows, depth) panel (depth, panel_width), or c += that, on one thread;
/// rows of c lie `c_step` apart. Of a panel of which only some columns are used, those of its first
/// vector, the others may be left out.
void multiply(const Form& form, int64_t rows, int64_t depth, const Left& a, const float* panel,
              float* c, int64_t c_step, Result result, int64_t used_columns = panel_width);

/// A stretch of a weight (outputs, width): some rows, and some columns of them.
struct Stretch {
  const Weight& weight;
  int64_t width;
  int64_t output, outputs;
  int64_t input, depth;
};

/// sums += w panels for each panel of as many as `columns` fill: they lie `step` apart, and their
/// sums, (outputs, panel_width) each, one behind the other. The weights are laid out on the way, in
/// `room`, the left_room of all of them.
void multiply_weight(const Form& form, const Stretch& w, const float* panels, int64_t step,
                     int64_t columns, float* room, float* sums);

/// x^T in panels: row i of x (rows, depth), whose rows lie `step` apart, becomes column
/// i % panel_width of panel i / panel_width; columns beyond the last row are 0. `panels` has room
/// for ceil(rows / panel_width) of them.
void pack_rows(const float* x, int64_t rows, int64_t depth, int64_t step, float* panels);

/// The way back for one panel: its first `rows` columns become rows, `step` apart.
void unpack_rows(const float* panel, int64_t rows, int64_t depth, float* x, int64_t step);

}  // namespace tensor::kernels
