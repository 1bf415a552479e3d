#include "tensor/kernels/fast/micro_kernel.h"

#include <algorithm>
#include <array>
#include <utility>

#include "tensor/kernels/convert.h"

// The micro-kernel: the innermost product, c += a b. A plain loop is limited by its loads, one for
// each multiply-add, and not by the arithmetic. So a small block of c, 12 rows of 2 vectors, stays
// in registers while k runs over the whole depth:
//
//   for k:  b0, b1 = b[k]              2 loads
//           for i:  x = a[i, k]        12 loads of one element, broadcast to a vector
//                   c[i, 0] += x b0    24 multiply-adds
//                   c[i, 1] += x b1
//
// 24 sums hide the latency of a multiply-add, four cycles, and with b's vectors and x they fill the
// 32 registers of AVX-512. AVX2 has 16: 6 rows, 12 sums. The rows of b have to be neighbours in
// memory, so b is packed into panels (packing.cpp). a is read in place, by rows or by columns.
//
// Sums over a great depth lose digits, so callers cut it into chunks: each chunk is summed
// separately and then added to c.
//
// Source: Goto, van de Geijn: "Anatomy of high-performance matrix multiplication" (2008); Van Zee,
// van de Geijn: "BLIS" (2015), the micro-kernel.

namespace tensor::kernels::fast {

namespace {

constexpr int64_t block_rows = lanes == 16 ? 12 : 6;

template <int64_t rows, int64_t vectors>
void multiply_block(int64_t depth, const MatrixView& a, const float* panel, float* c,
                    int64_t c_step, Accumulate accumulate) {
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
      float* to = c + i * c_step + j * lanes;
      store(accumulate == Accumulate::yes ? load(to) + sums[i][j] : sums[i][j], to);
    }
  }
}

using MultiplyBlock = decltype(&multiply_block<1, 1>);

template <int64_t vectors, size_t... i>
constexpr std::array<MultiplyBlock, sizeof...(i)> blocks_of(std::index_sequence<i...>) {
  return {multiply_block<i + 1, vectors>...};
}

/// Function n - 1 multiplies n rows: of whole panels, and of their first vector alone.
constexpr auto wide_blocks = blocks_of<panel_width / lanes>(std::make_index_sequence<block_rows>());
constexpr auto narrow_blocks = blocks_of<1>(std::make_index_sequence<block_rows>());

class MicroKernelGemm : public Gemm {
 public:
  int64_t max_depth() const override { return 256; }
  int64_t min_winograd_area() const override { return 64; }

  int64_t packed_a_size(int64_t /*rows*/, int64_t /*depth*/) const override { return 0; }
  int64_t staged_a_size(int64_t rows, int64_t depth) const override { return rows * depth; }
  int64_t staged_row_size(int64_t depth) const override { return depth; }
  int64_t packed_b_size(int64_t depth) const override { return panel_width * depth; }

  MatrixView pack_a(const MatrixView& a, int64_t /*rows*/, int64_t /*depth*/,
                    float* /*workspace*/) const override {
    return a;
  }

  MatrixView pack_weight(const WeightBlock& w, int64_t first, int64_t rows,
                         float* workspace) const override {
    widen_block(w.weight, w.width, w.output + first, rows, w.input, w.depth, workspace);
    return {workspace, w.depth};
  }

  float* staged_b(float* panel, int64_t /*depth*/) const override { return panel; }
  void pack_b(float* /*panel*/, int64_t /*depth*/) const override {}  // its rows are the panel

  void multiply(int64_t rows, int64_t depth, const MatrixView& a, const float* panel, float* c,
                int64_t c_step, Accumulate accumulate, int64_t used_columns) const override {
    const auto& multiply_blocks = used_columns <= lanes ? narrow_blocks : wide_blocks;
    // Blocks have nearly the same height: two of 7 rows are faster than one of 12 and one of 2.
    const int64_t blocks = divide_up(rows, block_rows);
    for (int64_t block = 0; block < blocks; ++block) {
      const int64_t first = rows * block / blocks, stop = rows * (block + 1) / blocks;
      const MatrixView part = {a.data + first * a.row_step, a.row_step, a.depth_step};
      multiply_blocks[stop - first - 1](depth, part, panel, c + first * c_step, c_step, accumulate);
    }
  }

 private:
  int64_t weight_rows(int64_t outputs, int64_t columns) const override {
    // With few panels a block of the weight stays in the L1 cache, else a panel does.
    return columns <= 4 * panel_width ? block_rows : outputs;
  }
};

}  // namespace

const Gemm& float32_gemm() {
  static const MicroKernelGemm gemm;
  return gemm;
}

}  // namespace tensor::kernels::fast
