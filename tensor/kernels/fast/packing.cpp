#include <algorithm>
#include <array>
#include <utility>

#include "tensor/kernels/fast/gemm.h"

// Nearly all the time of a model goes into one loop: c += a b. What limits a plain loop is not the
// arithmetic but the loads: one for each multiply-add. So a small block of c, 12 rows of 2 vectors,
// is kept in registers while k goes through the whole depth:
//
//   for k:  b0, b1 = b[k]              2 loads
//           for i:  x = a[i, k]        12 loads of one number, which fills a vector
//                   c[i, 0] += x b0    24 multiply-adds
//                   c[i, 1] += x b1
//
// 24 sums hide the four cycles that a multiply-add takes to end, and with b's vectors and x they
// fill the 32 registers of AVX-512. AVX2 has 16: 6 rows, 12 sums. b's lines have to lie one behind
// the other for that, which is what a panel is; a is read as it lies, by rows or by columns.
//
// Sums over a great depth lose digits, so callers cut it into chunks: a chunk is summed up by
// itself before c gets it.
//
// Where the processor multiplies matrices itself, all of this is left to pieces.cpp, and both sides
// are laid out for that.
//
// Source: Goto, van de Geijn: "Anatomy of high-performance matrix multiplication" (2008); Van Zee,
// van de Geijn: "BLIS" (2015), the micro-kernel.

namespace tensor::kernels {

namespace {

constexpr int64_t block_rows = lanes == 16 ? 12 : 6;

template <int64_t rows, int64_t vectors>
void multiply_block(int64_t depth, const Left& a, const float* panel, float* c, int64_t c_step,
                    Result result) {
  Vector sums[rows][vectors] = {};
  for (int64_t k = 0; k < depth; ++k) {
    Vector b[vectors];
    for (int64_t j = 0; j < vectors; ++j) b[j] = load(panel + k * panel_width + j * lanes);
    for (int64_t i = 0; i < rows; ++i) {
      const float x = a.data[i * a.row_step + k * a.depth_step];
      for (int64_t j = 0; j < vectors; ++j) sums[i][j] += x * b[j];
    }
  }
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < vectors; ++j) {
      float* place = c + i * c_step + j * lanes;
      store(result == Result::add ? load(place) + sums[i][j] : sums[i][j], place);
    }
  }
}

using Block = decltype(&multiply_block<1, 1>);

template <int64_t vectors, size_t... i>
constexpr std::array<Block, sizeof...(i)> blocks_of(std::index_sequence<i...>) {
  return {multiply_block<i + 1, vectors>...};
}

/// Element n - 1 multiplies n rows, by whole panels and by their first vector.
constexpr auto wide_blocks = blocks_of<panel_width / lanes>(std::make_index_sequence<block_rows>());
constexpr auto narrow_blocks = blocks_of<1>(std::make_index_sequence<block_rows>());

/// A square of numbers becomes its transpose: interleaving rows i and i + lanes / 2 halves the
/// distance between the numbers of a column, and after log2(lanes) rounds they are neighbours.
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

/// to (columns, rows) = from (rows, columns)^T, where whole squares are moved at a time.
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
  for (int64_t j = 0; j < columns; ++j) {
    for (int64_t i = j < square_columns ? square_rows : 0; i < rows; ++i) {
      to[j * to_step + i] = from[i * from_step + j];
    }
  }
}

/// `room` with a left-hand side in pieces, whose rows lie `row_step` numbers apart.
Left split(const Form& form, const void* a, DType dtype, int64_t row_step, int64_t rows,
           int64_t depth, float* room) {
  split_rows(a, dtype, row_step, rows, depth, form.left, room);
  return {room, fill_up(depth) * form.left / 2};
}

/// Rows first .. first + rows - 1 of a stretch in a form.
Left lay_out(const Form& form, const Stretch& w, int64_t first, int64_t rows, float* room) {
  if (!form.in_pieces()) {
    widen_block(w.weight, w.width, w.output + first, rows, w.input, w.depth, room);
    return {room, w.depth};
  }
  const int64_t place = (w.output + first) * w.width + w.input;
  const char* numbers = static_cast<const char*>(w.weight.data) + place * size_of(w.weight.dtype);
  return split(form, numbers, w.weight.dtype, w.width, rows, w.depth, room);
}

}  // namespace

int64_t row_room(const Form& form, int64_t depth) {
  return form.in_pieces() ? fill_up(depth) * std::max(form.left, int64_t{2}) / 2 : depth;
}

int64_t left_room(const Form& form, int64_t rows, int64_t depth) {
  if (form.in_pieces()) rows = divide_up(rows, panel_width) * panel_width;
  return rows * row_room(form, depth);
}

int64_t panel_room(const Form& form, int64_t depth) {
  if (!form.in_pieces()) return panel_width * depth;
  return panel_width * fill_up(depth) * std::max(form.right, int64_t{2}) / 2;
}

Left lay_out(const Form& form, const Left& a, int64_t rows, int64_t depth, float* room) {
  if (!form.in_pieces()) return a;
  if (a.depth_step == 1) {
    return split(form, a.data, DType::f32, a.row_step, rows, depth, room);
  }
  float* turned = room + left_room(form, rows, depth) - rows * depth;  // a^T lies by rows
  transpose(a.data, a.depth_step, depth, rows, turned, depth);
  return split(form, turned, DType::f32, depth, rows, depth, room);
}

float* lines_in(const Form& form, float* room, int64_t depth) {
  return room + panel_room(form, depth) - depth * panel_width;
}

void lay_out_panel(const Form& form, float* room, int64_t depth) {
  if (form.in_pieces()) split_lines(lines_in(form, room, depth), depth, form.right, room);
}

void multiply(const Form& form, int64_t rows, int64_t depth, const Left& a, const float* panel,
              float* c, int64_t c_step, Result result, int64_t used_columns) {
  if (form.in_pieces()) {
    return multiply_pieces(form, rows, depth, a.data, 2 * a.row_step, panel, c, c_step, result,
                           used_columns);
  }
  const auto& multiply_blocks = used_columns <= lanes ? narrow_blocks : wide_blocks;
  // Blocks of nearly the same height: two of 7 rows are faster than one of 12 and one of 2.
  const int64_t blocks = divide_up(rows, block_rows);
  for (int64_t block = 0; block < blocks; ++block) {
    const int64_t first = rows * block / blocks, stop = rows * (block + 1) / blocks;
    const Left part = {a.data + first * a.row_step, a.row_step, a.depth_step};
    multiply_blocks[stop - first - 1](depth, part, panel, c + first * c_step, c_step, result);
  }
}

void multiply_weight(const Form& form, const Stretch& w, const float* panels, int64_t step,
                     int64_t columns, float* room, float* sums) {
  // For few panels the L1 cache had better keep a block of the weights, and else a panel.
  const bool few = columns <= 4 * panel_width && !form.in_pieces();
  const int64_t blocks = few ? divide_up(w.outputs, block_rows) : 1;
  for (int64_t block = 0; block < blocks; ++block) {
    const int64_t first = w.outputs * block / blocks;
    const int64_t rows = w.outputs * (block + 1) / blocks - first;
    const Left left = lay_out(form, w, first, rows, room);
    for (int64_t column = 0; column < columns; column += panel_width) {
      multiply(form, rows, w.depth, left, panels + column / panel_width * step,
               sums + column * w.outputs + first * panel_width, panel_width, Result::add,
               columns - column);
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

}  // namespace tensor::kernels
