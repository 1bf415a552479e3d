#pragma once

#include "tensor/dtype.h"
#include "tensor/kernels/kernels.h"

/// Products of numbers that lie in pieces of bfloat16 (pieces.cpp).
namespace tensor::kernels {

enum class Result { replace, add };

/// In how many pieces the numbers of a product's two sides lie; in none: as they are, in float32.
struct Form {
  bool in_pieces() const { return right > 0; }

  int64_t left = 0, right = 0;
};

/// The form that takes the most memory.
inline constexpr Form widest_form = {3, 3};

/// The form in which this processor multiplies float32 fastest, and no less exactly; `left` is what
/// the numbers of the left-hand side are stored in.
Form float_form(DType left);
/// The same for linear layers, which set_bfloat16 speaks of.
Form linear_form(DType left);

/// What multiplies pieces. Without anything float32 stays as it is, as with AVX512-BF16's vectors,
/// which are for set_bfloat16 alone. Plain loops do what tiles do, for the tests.
enum class PieceMultiplier { best, vectors, plain_loops, none };
/// It is the best that this processor has unless set. False, and nothing changes, where there are
/// no such vectors, or panels are too narrow for tiles.
bool set_piece_multiplier(PieceMultiplier choice);

/// The depth of a product in pieces is filled up with zeros to a multiple of this.
inline constexpr int64_t tile_depth = 32;
inline int64_t fill_up(int64_t depth) { return (depth + tile_depth - 1) / tile_depth * tile_depth; }

/// A matrix (rows, depth), whose rows lie `row_step` numbers apart, in pieces: (rows, depth / 32,
/// pieces, 32). Two are for float16, three for float32. `out` may begin before `a` and reach into
/// it, as with lay_out.
void split_rows(const void* a, DType dtype, int64_t row_step, int64_t rows, int64_t depth,
                int64_t pieces, void* out);

/// Lines (depth, panel_width) in pieces: (depth / 2, pieces, panel_width, 2). `out` may begin
/// before `lines` and reach into them, as lines_in says.
void split_lines(const float* lines, int64_t depth, int64_t pieces, void* out);

/// panels.h's multiply for sides in pieces; rows of a lie `a_step` pieces apart.
void multiply_pieces(const Form& form, int64_t rows, int64_t depth, const void* a, int64_t a_step,
                     const void* panel, float* c, int64_t c_step, Result result,
                     int64_t used_columns);

}  // namespace tensor::kernels
