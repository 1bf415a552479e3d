#pragma once

#include <cstdint>

#include "tensor/kernels/fast/vector.h"
#include "tensor/kernels/kernels.h"

/// GEMM, C += A B, for one thread: nearly all of a model's time is spent in this loop. The fast
/// kernels cut their work into such products. B is packed into panels; A is packed too where the
/// instructions require it.
namespace tensor::kernels::fast {

/// Columns of a panel of B: an array (depth, panel_width).
inline constexpr int64_t panel_width = 2 * lanes;
/// The largest Gemm::max_depth of all classes.
inline constexpr int64_t deepest_panel = 384;

/// ceil(a / b).
inline int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// Operand A: A(i, k) = data[i * row_step + k * depth_step]. Packed for bf16x3 it is an array of
/// bfloat16, two in each float.
struct MatrixView {
  const float* data;
  int64_t row_step;
  int64_t depth_step = 1;
};

/// A block of a stored weight, whose rows have `width` elements: rows `output` .. `output + outputs
/// - 1` and columns `input` .. `input + depth - 1`.
struct WeightBlock {
  const Weight& weight;
  int64_t width;
  int64_t output, outputs;
  int64_t input, depth;
};

enum class Accumulate { no, yes };

/// One way to multiply: how A and B are packed, and the loop over them. There are two: the float32
/// micro-kernel (micro_kernel.cpp) and bf16x3 (bf16x3.cpp). Sizes are in floats.
class Gemm {
 public:
  virtual ~Gemm() = default;

  /// Depth of a panel that fits the L1 cache. Callers cut greater depths into chunks of this size:
  /// it keeps the panel in the cache, and a sum over chunks rounds less than one long sum.
  virtual int64_t max_depth() const = 0;
  /// The smallest image, in pixels, for which Winograd's transforms cost less than they save.
  virtual int64_t min_winograd_area() const = 0;

  /// Size of pack_a's workspace; 0 where A is used without packing.
  virtual int64_t packed_a_size(int64_t rows, int64_t depth) const = 0;
  /// Size of a workspace in which A is first staged, as floats, and then packed.
  virtual int64_t staged_a_size(int64_t rows, int64_t depth) const = 0;
  /// Of that size the share of one row.
  virtual int64_t staged_row_size(int64_t depth) const = 0;
  /// Size of a packed panel of B.
  virtual int64_t packed_b_size(int64_t depth) const = 0;

  /// Packs A into `workspace` and returns a view of it; the micro-kernel returns `a` unchanged.
  /// `a` may occupy the end of `workspace`: packing runs front to back.
  /// Requires row_step == 1 or depth_step == 1.
  virtual MatrixView pack_a(const MatrixView& a, int64_t rows, int64_t depth,
                            float* workspace) const = 0;
  /// The same for rows first .. first + rows - 1 of a stored weight, which is widened to float32.
  /// The size of `workspace` is staged_a_size(rows, depth).
  virtual MatrixView pack_weight(const WeightBlock& w, int64_t first, int64_t rows,
                                 float* workspace) const = 0;

  /// The place inside of the panel's memory where its rows (depth, panel_width) are written as
  /// floats, before pack_b packs them in place.
  virtual float* staged_b(float* panel, int64_t depth) const = 0;
  /// Packs a panel in place.
  virtual void pack_b(float* panel, int64_t depth) const = 0;

  /// C (rows, panel_width) = A (rows, depth) B (depth, panel_width), or C += A B, for packed
  /// operands. Rows of C lie `c_step` apart. If used_columns <= lanes, only the panel's first
  /// vector of columns is computed.
  virtual void multiply(int64_t rows, int64_t depth, const MatrixView& a, const float* panel,
                        float* c, int64_t c_step, Accumulate accumulate,
                        int64_t used_columns = panel_width) const = 0;

  /// For each of the ceil(columns / panel_width) panels, which lie `step` apart:
  /// sums[p] += W panel[p], each (outputs, panel_width), stored consecutively. W is packed into
  /// `workspace`, of staged_a_size(outputs, depth), on the way.
  void multiply_weight(const WeightBlock& w, const float* panels, int64_t step, int64_t columns,
                       float* workspace, float* sums) const;

 private:
  /// How many rows of a weight multiply_weight packs at a time, for a product with `columns`.
  virtual int64_t weight_rows(int64_t outputs, int64_t columns) const = 0;
};

/// The fastest GEMM whose error is no larger than that of float32 sums, for an A stored as `a`.
const Gemm& gemm_for(DType a);
/// The same for linear layers: after set_bfloat16(true) the one that rounds to bfloat16.
const Gemm& linear_gemm_for(DType a);
/// The GEMM with the largest packed sizes. A workspace of its size suits every other one.
const Gemm& largest_gemm();

/// The instruction set for bfloat16 products.
///
///   amx          float32 (as bf16x3) and bfloat16
///   avx512_bf16  bfloat16 alone
///   best         the first of amx and avx512_bf16 that the processor has, else off
///   scalar       portable loops with AMX's semantics, for the tests
///   off          none: the float32 micro-kernel alone
enum class Bf16Instructions { best, amx, avx512_bf16, scalar, off };
/// `best` unless set. Returns false, and changes nothing, where the processor lacks the
/// instructions or, for scalar, panels are narrower than AMX's tiles.
bool set_bf16_instructions(Bf16Instructions choice);

}  // namespace tensor::kernels::fast
