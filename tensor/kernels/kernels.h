#pragma once

#include <cstdint>

#include "tensor/dtype.h"

/// The loops below the ops: raw pointers and sizes, no containers, no templates, no Eigen, so that
/// nothing inline crosses the border between code built for reading (-O0) and code built for speed.
/// Arrays are contiguous and row-major. A weight comes as the file holds it, maybe unaligned, maybe
/// half precision, and is widened tile by tile.
///
/// Each kernel splits its *outputs* among the threads and never a sum, with tiles whose sizes do
/// not depend on the number of threads: any number of threads gives the same bits.
///
/// `kernels::reference` has the textbook loops of the same functions: the oracle of the tests.
namespace tensor::kernels {

struct Weight {
  const void* data;
  DType dtype;
};

/// Threads the kernels use: all cores unless set. Values below 1 mean all cores.
void set_threads(int threads);
int threads();
/// Threads for a job of so many multiply-adds: a small one is done before a second thread is awake.
int threads_for(double multiply_adds);
/// The same for a job that moves or changes so many numbers, each of which takes its time too.
int threads_for_numbers(int64_t count);

/// From now on linear layers round what they multiply to bfloat16, which a processor may have an
/// instruction for: several times as fast, with two to three digits. Off unless set.
/// False, and nothing changes, where the processor has none.
bool set_bfloat16(bool on);

/// In a dry run, which is on for one thread alone, kernels return at once and leave `out` as it is.
void set_dry_run(bool on);
bool is_dry_run();

/// out[i] = float32(in[i]); exact for all three dtypes.
void widen(const void* in, DType dtype, int64_t count, float* out);
/// out (rows, columns) = rows first_row .. and columns first_column .. of a matrix whose rows have
/// `width` numbers.
void widen_block(const Weight& matrix, int64_t width, int64_t first_row, int64_t rows,
                 int64_t first_column, int64_t columns, float* out);

// ---- pointwise ----
/// out may be x, of which each number is read before it is written; so may it of clamp and the
/// norms.
enum class Unary { silu, gelu, quick_gelu, exp, sqrt, tanh };
void unary(Unary op, const float* x, int64_t count, float* out);
enum class Binary { add, subtract, multiply, divide };
/// Four axes each; a stride of 0 repeats an operand along that axis.
void binary_broadcast(Binary op, const float* a, const int64_t a_strides[4], const float* b,
                      const int64_t b_strides[4], const int64_t dims[4], float* out);
/// Rows of `width` values and as many gates behind them: out = value * gelu(gate), rows of `width`.
void geglu(const float* x, int64_t rows, int64_t width, float* out);
void clamp(const float* x, float low, float high, int64_t count, float* out);

// ---- layout ----
/// out has sizes `dims`; its element (i, j, k, l) is x[i s0 + j s1 + k s2 + l s3].
void gather_strided(const float* x, const int64_t strides[4], const int64_t dims[4], float* out);
/// Copies `rows` runs of `width` numbers from places `x_stride` apart to places `out_stride` apart.
void copy_rows(const float* x, int64_t rows, int64_t width, int64_t x_stride, float* out,
               int64_t out_stride);
void upsample_nearest(const float* x, int64_t planes, int64_t height, int64_t width,
                      int64_t out_height, int64_t out_width, float* out);

// ---- sums of products ----
/// out (rows, outputs) = x (rows, inputs) w^T + bias; w (outputs, inputs); bias.data may be null.
void linear(const float* x, int64_t rows, int64_t inputs, const Weight& w, const Weight& bias,
            int64_t outputs, float* out);

/// out (n, m): what a (rows, n) is multiplied by to be nearest to b (rows, m), by the normal
/// equations in double; false where they have no single answer. For small n.
bool least_squares(const float* a, int64_t rows, int64_t n, const float* b, int64_t m, float* out);

struct Conv2dShape {
  int64_t batch, channels, height, width;     // input
  int64_t outputs, out_height, out_width;     // output
  int64_t kernel, stride, pad_top, pad_left;  // a pixel outside of the input reads as 0
  int64_t zoom = 1;  // the input is seen enlarged: each pixel is zoom x zoom equal ones
};
void conv2d(const float* x, const Weight& w, const Weight& bias, const Conv2dShape& shape,
            float* out);

struct AttentionShape {
  int64_t batch, queries, keys, heads, head_size;
  bool causal;
};
void attention(const float* q, const float* k, const float* v, const AttentionShape& shape,
               float* out);

// ---- normalisation ----
void group_norm(const float* x, int64_t batch, int64_t channels, int64_t pixels, int64_t groups,
                const Weight& gain, const Weight& shift, float eps, float* out);
void layer_norm(const float* x, int64_t rows, int64_t channels, const Weight& gain,
                const Weight& shift, float eps, float* out);

// ---- positions ----
void sinusoids(const float* values, int64_t count, int64_t dim, bool cosines_first, float shift,
               float* out);

// ---- statistics, summed in double on one thread ----
double mean(const float* x, int64_t count);
double standard_deviation(const float* x, int64_t count);  // with count - 1
bool all_finite(const float* x, int64_t count);

namespace reference {

void unary(Unary op, const float* x, int64_t count, float* out);
void linear(const float* x, int64_t rows, int64_t inputs, const Weight& w, const Weight& bias,
            int64_t outputs, float* out);
void conv2d(const float* x, const Weight& w, const Weight& bias, const Conv2dShape& shape,
            float* out);
void attention(const float* q, const float* k, const float* v, const AttentionShape& shape,
               float* out);
/// The softmax alone, which the fast kernel never holds: out (batch, heads, queries, keys).
void attention_weights(const float* q, const float* k, const AttentionShape& shape, float* out);
void group_norm(const float* x, int64_t batch, int64_t channels, int64_t pixels, int64_t groups,
                const Weight& gain, const Weight& shift, float eps, float* out);
void layer_norm(const float* x, int64_t rows, int64_t channels, const Weight& gain,
                const Weight& shift, float eps, float* out);

}  // namespace reference
}  // namespace tensor::kernels
