#include <algorithm>
#include <vector>

#include "tensor/kernels/gemm.h"
#include "tensor/kernels/job.h"
#include "tensor/kernels/kernels.h"

// A linear layer is one matrix product, cut into tiles of the output: some rows of x against some
// rows of the weight. A thread widens its rows of the weight to float32 once and keeps them while
// it goes through the rows of x, so a half-precision weight is read from the file's pages and never
// stored as a whole.

namespace tensor::kernels {

namespace {

int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// The sizes of a tile of the output.
struct Tile {
  int64_t rows, outputs;
};

/// Square tiles of this size make the product fast, and eight or more keep many threads busy. Only
/// the sizes of the layer matter, not the threads: the same bits on any number of them.
Tile choose_tile(int64_t rows, int64_t outputs) {
  Tile tile = {std::min(rows, int64_t{512}), std::min(outputs, int64_t{512})};
  while (std::max(tile.rows, tile.outputs) > 64 &&
         divide_up(rows, tile.rows) * divide_up(outputs, tile.outputs) < 8) {
    int64_t& longer = tile.rows > tile.outputs ? tile.rows : tile.outputs;
    longer = divide_up(longer, 2);
  }
  return tile;
}

/// Rows of a weight as float32, kept until other rows are asked for.
class WidenedRows {
 public:
  WidenedRows(const Weight& w, int64_t inputs) : w_(w), inputs_(inputs) {}

  const float* rows(int64_t first, int64_t count) {
    if (first != first_) {
      values_.resize(count * inputs_);
      const char* start = static_cast<const char*>(w_.data) + first * inputs_ * size_of(w_.dtype);
      widen(start, w_.dtype, count * inputs_, values_.data());
      first_ = first;
    }
    return values_.data();
  }

 private:
  Weight w_;
  int64_t inputs_;
  int64_t first_ = -1;
  std::vector<float> values_;
};

}  // namespace

void linear(const float* x, int64_t rows, int64_t inputs, const Weight& w, const Weight& bias,
            int64_t outputs, float* out) {
  const Job job("linear", static_cast<double>(rows) * inputs * outputs,
                static_cast<double>(rows) * (inputs + outputs) + 1.0 * inputs * outputs);
  if (is_dry_run()) return;
  if (rows == 0 || outputs == 0) return;
  std::vector<float> biases(outputs, 0.0f);
  if (bias.data) widen(bias.data, bias.dtype, outputs, biases.data());
  const Tile tile = choose_tile(rows, outputs);
  const int64_t row_tiles = divide_up(rows, tile.rows);
  const int64_t tiles = row_tiles * divide_up(outputs, tile.outputs);
#pragma omp parallel num_threads(threads())
  {
    WidenedRows widened(w, inputs);
#pragma omp for schedule(dynamic)
    for (int64_t i = 0; i < tiles; ++i) {
      const int64_t row = i % row_tiles * tile.rows;
      const int64_t output = i / row_tiles * tile.outputs;
      const int64_t height = std::min(tile.rows, rows - row);
      const int64_t width = std::min(tile.outputs, outputs - output);
      float* target = out + row * outputs + output;
      for (int64_t j = 0; j < height; ++j) {
        std::copy_n(biases.data() + output, width, target + j * outputs);
      }
      gemm(height, width, inputs, {x + row * inputs, inputs},
           {widened.rows(output, width), inputs, Orientation::transposed}, target, outputs,
           Result::add);
    }
  }
}

}  // namespace tensor::kernels
