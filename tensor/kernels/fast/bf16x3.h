#pragma once

#include "tensor/dtype.h"
#include "tensor/kernels/fast/amx.h"
#include "tensor/kernels/fast/gemm.h"

namespace tensor::kernels::fast {

/// depth rounded up to a multiple of tile_depth. The additional elements are zeros.
inline int64_t padded_depth(int64_t depth) {
  return (depth + tile_depth - 1) / tile_depth * tile_depth;
}

/// Splits each element of a matrix (rows, depth) into a sum of `terms` bfloat16 values. Rows of a
/// lie `row_step` elements apart; out is (rows, padded_depth / 32, terms, 32). Exact with 3 terms
/// for float32, with 2 for float16, with 1 for bfloat16; with fewer the last term is rounded.
/// `out` may begin before `a` and overlap it.
void split_rows(const void* a, DType dtype, int64_t row_step, int64_t rows, int64_t depth,
                int64_t terms, void* out);

/// Splits the rows (depth, panel_width) of a panel in the same way:
/// out is (padded_depth / 2, terms, panel_width, 2).
/// `out` may begin before `rows` and overlap them, as after Gemm::staged_b.
void split_panel(const float* rows, int64_t depth, int64_t terms, void* out);

/// Products of matrices whose elements are split into terms_a and terms_b bfloat16 values.
class Bf16Gemm : public Gemm {
 public:
  Bf16Gemm(int64_t terms_a, int64_t terms_b, MultiplyTiles multiply_tiles)
      : terms_a_(terms_a), terms_b_(terms_b), multiply_tiles_(multiply_tiles) {}

  int64_t max_depth() const override { return deepest_panel / terms_b_; }
  /// The product is faster than in float32, so Winograd's transforms pay off only in larger images.
  int64_t min_winograd_area() const override { return 256; }
  int64_t packed_a_size(int64_t rows, int64_t depth) const override {
    return staged_a_size(rows, depth);
  }
  int64_t staged_a_size(int64_t rows, int64_t depth) const override;
  int64_t staged_row_size(int64_t depth) const override;
  int64_t packed_b_size(int64_t depth) const override;
  MatrixView pack_a(const MatrixView& a, int64_t rows, int64_t depth,
                    float* workspace) const override;
  MatrixView pack_weight(const WeightBlock& w, int64_t first, int64_t rows,
                         float* workspace) const override;
  float* staged_b(float* panel, int64_t depth) const override;
  void pack_b(float* panel, int64_t depth) const override;
  void multiply(int64_t rows, int64_t depth, const MatrixView& a, const float* panel, float* c,
                int64_t c_step, Accumulate accumulate, int64_t used_columns) const override;

 private:
  int64_t weight_rows(int64_t outputs, int64_t /*columns*/) const override { return outputs; }
  MatrixView pack(const void* a, DType dtype, int64_t row_step, int64_t rows, int64_t depth,
                  float* workspace) const;

  int64_t terms_a_, terms_b_;
  MultiplyTiles multiply_tiles_;
};

}  // namespace tensor::kernels::fast
