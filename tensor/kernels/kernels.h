#pragma once

#include <cstdint>

#include "tensor/dtype.h"

/// The loops below the ops: raw pointers and sizes, no containers, no templates, no Eigen types, so
/// that nothing inline crosses the border between code built for reading (-O0) and code built for
/// speed. Arrays are contiguous and row-major. A weight comes as the file holds it, possibly
/// unaligned, possibly in another precision, and is widened to float32 tile by tile.
///
/// A kernel has up to three bodies, in textbook/, eigen/ and fast/ (tensor/compute.h). The
/// functions of tensor::kernels itself are in dispatch.cpp: they time the call, skip it in a dry
/// run, and call the body of the current backend.
///
/// Each kernel splits its *outputs* among the threads and never a sum, with tiles whose sizes do
/// not depend on the number of threads: any number of threads gives the same bits.
namespace tensor::kernels {

/// A weight as it is stored, in row-major order; data is null for an absent bias.
struct Weight {
  const void* data;
  DType dtype;
};

/// True if this library was built with Eigen.
bool has_eigen();

/// Number of threads of a kernel: all cores unless set. Values below 1 mean all cores.
void set_threads(int threads);
int threads();
/// Threads for a kernel of `multiply_adds`: 1 for a kernel that would end before a second thread
/// has started, which on a busy machine takes longer (docs/adr/0017-waiting.md).
int threads_for(double multiply_adds);
/// The same for a kernel that moves or changes `count` elements.
int threads_for_elements(int64_t count);

/// Turns the dry run of this thread on or off: its kernels return at once and do not write `out`.
void set_dry_run(bool on);
bool is_dry_run();

// ---- conversion ----

/// out[i] = float32(in[i]); exact for all dtypes but float64, which is rounded to nearest.
void widen(const void* in, DType dtype, int64_t count, float* out);

// ---- pointwise ----
// out may be x: each element is read before it is written. The same holds for clamp and the norms.

enum class Unary { silu, gelu, quick_gelu, exp, sqrt, tanh };
/// out[i] = op(x[i]).
void unary(Unary op, const float* x, int64_t count, float* out);

enum class Binary { add, subtract, multiply, divide };
/// out[i, j, k, l] = a[i, j, k, l] op b[i, j, k, l]: four axes of sizes `dims`. A stride of 0
/// repeats an operand along that axis.
void binary_broadcast(Binary op, const float* a, const int64_t a_strides[4], const float* b,
                      const int64_t b_strides[4], const int64_t dims[4], float* out);

/// out (rows, width) = value * gelu(gate), where a row of x (rows, 2 width) is `width` values and
/// then `width` gates.
void geglu(const float* x, int64_t rows, int64_t width, float* out);

/// out[i] = min(max(x[i], low), high); NaN stays.
void clamp(const float* x, float low, float high, int64_t count, float* out);

// ---- layout ----

/// out has sizes `dims`; its element (i, j, k, l) is x[i s0 + j s1 + k s2 + l s3].
void gather_strided(const float* x, const int64_t strides[4], const int64_t dims[4], float* out);
/// Copies `rows` rows of `width` elements: from x + i x_stride to out + i out_stride for row i.
void copy_rows(const float* x, int64_t rows, int64_t width, int64_t x_stride, float* out,
               int64_t out_stride);
/// out[p, y, x] = in[p, y height / out_height, x width / out_width], rounded down.
void upsample_nearest(const float* x, int64_t planes, int64_t height, int64_t width,
                      int64_t out_height, int64_t out_width, float* out);

// ---- sums of products ----

/// `batch` products of matrices (n, k) and (k, m).
struct MatmulShape {
  int64_t batch, n, k, m;
};
/// out[b, i, j] = sum_l a[b, i, l] b[b, l, j]: (batch, n, k) x (batch, k, m) -> (batch, n, m).
void matmul(const float* a, const float* b, const MatmulShape& shape, float* out);

/// out (rows, outputs) = x (rows, inputs) w^T + bias, with w (outputs, inputs) and bias (outputs).
void linear(const float* x, int64_t rows, int64_t inputs, const Weight& w, const Weight& bias,
            int64_t outputs, float* out);

/// out (n, m): the X that minimises ||A X - B||, in double; A (rows, n), B (rows, m). Returns false
/// where A's columns are linearly dependent.
bool least_squares(const float* a, int64_t rows, int64_t n, const float* b, int64_t m, float* out);

struct Conv2dShape {
  int64_t batch, in_channels, height, width;    // input
  int64_t out_channels, out_height, out_width;  // output
  int64_t kernel, stride, pad_top, pad_left;    // a pixel outside of the input reads as 0
  int64_t upsample = 1;  // the input is enlarged first: each pixel becomes upsample x upsample
};
/// out[n, o, y, x] = bias[o] + sum_{c, i, j} w[o, c, i, j] in[n, c, y s + i - top, x s + j - left]
///
/// with the stride s: x (batch, in_channels, height, width)
/// -> out (batch, out_channels, out_height, out_width);
/// w (out_channels, in_channels, kernel, kernel), bias (out_channels).
void conv2d(const float* x, const Weight& w, const Weight& bias, const Conv2dShape& shape,
            float* out);

struct AttentionShape {
  int64_t batch, queries, keys, heads, head_size;
  bool causal;
};
/// Scaled dot-product attention. For each image n and head h, with the rows q[t], k[s], v[s] of
/// head_size D that begin at column h D:
///
///   out[t] = sum_s p[t, s] v[s],   p[t, s] = e^a[t, s] / sum_s' e^a[t, s'],
///   a[t, s] = sum_d q[t, d] k[s, d] / sqrt(D)
///
/// q, out (batch, queries, heads D), k, v (batch, keys, heads D). A causal query t attends to the
/// keys s <= t alone. The scores a are never stored as a whole.
void attention(const float* q, const float* k, const float* v, const AttentionShape& shape,
               float* out);
/// The weights p alone, always by the textbook's loops: out (batch, heads, queries, keys).
void attention_weights(const float* q, const float* k, const AttentionShape& shape, float* out);

// ---- normalisation ----

/// out = (x - mean) / sqrt(variance + eps) * weight[c] + bias[c] for x (batch, channels, pixels),
/// with the mean and the biased variance of each image's group of channels / groups channels;
/// weight, bias (channels), out like x.
void group_norm(const float* x, int64_t batch, int64_t channels, int64_t pixels, int64_t groups,
                const Weight& weight, const Weight& bias, float eps, float* out);
/// out = (x - mean) / sqrt(variance + eps) * weight[c] + bias[c] for x (rows, channels), with the
/// mean and the biased variance of each row; weight, bias (channels), out like x.
void layer_norm(const float* x, int64_t rows, int64_t channels, const Weight& weight,
                const Weight& bias, float eps, float* out);

// ---- positions ----

/// See sinusoidal_embedding in tensor/ops.h: out (count, dim).
void sinusoids(const float* values, int64_t count, int64_t dim, bool cosines_first, float shift,
               float* out);

// ---- statistics, summed in double on one thread ----

double mean(const float* x, int64_t count);
double standard_deviation(const float* x, int64_t count);  // with the divisor count - 1
bool all_finite(const float* x, int64_t count);

/// The definitions: sums in double, one thread. In the debug preset they are compiled at -O0.
namespace textbook {

void unary(Unary op, const float* x, int64_t count, float* out);
void binary_broadcast(Binary op, const float* a, const int64_t a_strides[4], const float* b,
                      const int64_t b_strides[4], const int64_t dims[4], float* out);
void geglu(const float* x, int64_t rows, int64_t width, float* out);
void clamp(const float* x, float low, float high, int64_t count, float* out);
void matmul(const float* a, const float* b, const MatmulShape& shape, float* out);
void linear(const float* x, int64_t rows, int64_t inputs, const Weight& w, const Weight& bias,
            int64_t outputs, float* out);
void conv2d(const float* x, const Weight& w, const Weight& bias, const Conv2dShape& shape,
            float* out);
void attention(const float* q, const float* k, const float* v, const AttentionShape& shape,
               float* out);
void attention_weights(const float* q, const float* k, const AttentionShape& shape, float* out);
void group_norm(const float* x, int64_t batch, int64_t channels, int64_t pixels, int64_t groups,
                const Weight& weight, const Weight& bias, float eps, float* out);
void layer_norm(const float* x, int64_t rows, int64_t channels, const Weight& weight,
                const Weight& bias, float eps, float* out);

}  // namespace textbook

/// Bodies that call Eigen's matrix product.
namespace eigen {

void matmul(const float* a, const float* b, const MatmulShape& shape, float* out);
void linear(const float* x, int64_t rows, int64_t inputs, const Weight& w, const Weight& bias,
            int64_t outputs, float* out);
void conv2d(const float* x, const Weight& w, const Weight& bias, const Conv2dShape& shape,
            float* out);
void attention(const float* q, const float* k, const float* v, const AttentionShape& shape,
               float* out);
bool least_squares(const float* a, int64_t rows, int64_t n, const float* b, int64_t m, float* out);
double gemm_rate();

}  // namespace eigen

/// Our own fast bodies.
namespace fast {

void unary(Unary op, const float* x, int64_t count, float* out);
void binary_broadcast(Binary op, const float* a, const int64_t a_strides[4], const float* b,
                      const int64_t b_strides[4], const int64_t dims[4], float* out);
void geglu(const float* x, int64_t rows, int64_t width, float* out);
void clamp(const float* x, float low, float high, int64_t count, float* out);
void linear(const float* x, int64_t rows, int64_t inputs, const Weight& w, const Weight& bias,
            int64_t outputs, float* out);
void conv2d(const float* x, const Weight& w, const Weight& bias, const Conv2dShape& shape,
            float* out);
void attention(const float* q, const float* k, const float* v, const AttentionShape& shape,
               float* out);
void group_norm(const float* x, int64_t batch, int64_t channels, int64_t pixels, int64_t groups,
                const Weight& weight, const Weight& bias, float eps, float* out);
void layer_norm(const float* x, int64_t rows, int64_t channels, const Weight& weight,
                const Weight& bias, float eps, float* out);
/// See tensor/compute.h.
bool set_bfloat16(bool on);

}  // namespace fast

/// Bodies that all backends share.
namespace common {

void widen(const void* in, DType dtype, int64_t count, float* out);
void gather_strided(const float* x, const int64_t strides[4], const int64_t dims[4], float* out);
void copy_rows(const float* x, int64_t rows, int64_t width, int64_t x_stride, float* out,
               int64_t out_stride);
void upsample_nearest(const float* x, int64_t planes, int64_t height, int64_t width,
                      int64_t out_height, int64_t out_width, float* out);
void sinusoids(const float* values, int64_t count, int64_t dim, bool cosines_first, float shift,
               float* out);
double mean(const float* x, int64_t count);
double standard_deviation(const float* x, int64_t count);
bool all_finite(const float* x, int64_t count);

}  // namespace common
}  // namespace tensor::kernels
