#include "tensor/compute.h"
#include "tensor/kernels/kernels.h"
#include "tensor/kernels/timer.h"

// The way from an op to a kernel's body. Every function here does the same: it times the call,
// returns in a dry run, and calls the body of the current backend.

namespace tensor::kernels {

namespace {

double size(const int64_t dims[4]) { return 1.0 * dims[0] * dims[1] * dims[2] * dims[3]; }

double multiply_adds(const Conv2dShape& s) {
  return 1.0 * s.batch * s.out_channels * s.out_height * s.out_width * s.in_channels * s.kernel *
         s.kernel;
}

double elements(const Conv2dShape& s) {
  return 1.0 * s.batch * s.in_channels * s.height * s.width +
         1.0 * s.batch * s.out_channels * s.out_height * s.out_width +
         1.0 * s.out_channels * s.in_channels * s.kernel * s.kernel;
}

const char* name(const Conv2dShape& s) {
  if (s.kernel == 1) return "conv2d 1x1";
  return s.stride == 1 ? "conv2d 3x3" : "conv2d 3x3/2";
}

}  // namespace

// ---- sums of products ----

void matmul(const float* a, const float* b, const MatmulShape& s, float* out) {
  const KernelTimer timer("matmul", 1.0 * s.batch * s.n * s.k * s.m,
                          1.0 * s.batch * (s.n * s.k + s.k * s.m + s.n * s.m));
  if (is_dry_run()) return;
  if (backend() == Backend::textbook || !has_eigen()) return textbook::matmul(a, b, s, out);
  return eigen::matmul(a, b, s, out);
}

void linear(const float* x, int64_t rows, int64_t inputs, const Weight& w, const Weight& bias,
            int64_t outputs, float* out) {
  const KernelTimer timer("linear", 1.0 * rows * inputs * outputs,
                          1.0 * rows * (inputs + outputs) + 1.0 * inputs * outputs);
  if (is_dry_run()) return;
  switch (backend()) {
    case Backend::textbook:
      return textbook::linear(x, rows, inputs, w, bias, outputs, out);
    case Backend::eigen:
      return eigen::linear(x, rows, inputs, w, bias, outputs, out);
    case Backend::fast:
      return fast::linear(x, rows, inputs, w, bias, outputs, out);
  }
}

void conv2d(const float* x, const Weight& w, const Weight& bias, const Conv2dShape& s, float* out) {
  const KernelTimer timer(name(s), multiply_adds(s), elements(s));
  if (is_dry_run()) return;
  switch (backend()) {
    case Backend::textbook:
      return textbook::conv2d(x, w, bias, s, out);
    case Backend::eigen:
      return eigen::conv2d(x, w, bias, s, out);
    case Backend::fast:
      return fast::conv2d(x, w, bias, s, out);
  }
}

void attention(const float* q, const float* k, const float* v, const AttentionShape& s,
               float* out) {
  const KernelTimer timer("attention", 2.0 * s.batch * s.queries * s.keys * s.heads * s.head_size,
                          2.0 * s.batch * (s.queries + s.keys) * s.heads * s.head_size);
  if (is_dry_run()) return;
  switch (backend()) {
    case Backend::textbook:
      return textbook::attention(q, k, v, s, out);
    case Backend::eigen:
      return eigen::attention(q, k, v, s, out);
    case Backend::fast:
      return fast::attention(q, k, v, s, out);
  }
}

void attention_weights(const float* q, const float* k, const AttentionShape& s, float* out) {
  const KernelTimer timer("attention_weights",
                          1.0 * s.batch * s.queries * s.keys * s.heads * s.head_size,
                          1.0 * s.batch * s.heads * s.queries * s.keys);
  if (is_dry_run()) return;
  textbook::attention_weights(q, k, s, out);
}

bool least_squares(const float* a, int64_t rows, int64_t n, const float* b, int64_t m, float* out) {
  const KernelTimer timer("least_squares", 1.0 * rows * n * (n + m), 1.0 * rows * (n + m) + n * m);
  if (is_dry_run()) return true;
  return eigen::least_squares(a, rows, n, b, m, out);
}

// ---- normalisation ----

void group_norm(const float* x, int64_t batch, int64_t channels, int64_t pixels, int64_t groups,
                const Weight& weight, const Weight& bias, float eps, float* out) {
  const KernelTimer timer("group_norm", 0.0, 2.0 * batch * channels * pixels);
  if (is_dry_run()) return;
  const auto body = backend() == Backend::textbook ? textbook::group_norm : fast::group_norm;
  body(x, batch, channels, pixels, groups, weight, bias, eps, out);
}

void layer_norm(const float* x, int64_t rows, int64_t channels, const Weight& weight,
                const Weight& bias, float eps, float* out) {
  const KernelTimer timer("layer_norm", 0.0, 2.0 * rows * channels);
  if (is_dry_run()) return;
  const auto body = backend() == Backend::textbook ? textbook::layer_norm : fast::layer_norm;
  body(x, rows, channels, weight, bias, eps, out);
}

// ---- pointwise ----

void unary(Unary op, const float* x, int64_t count, float* out) {
  const KernelTimer timer("unary", 0.0, 2.0 * count);
  if (is_dry_run()) return;
  const auto body = backend() == Backend::textbook ? textbook::unary : fast::unary;
  body(op, x, count, out);
}

void binary_broadcast(Binary op, const float* a, const int64_t a_strides[4], const float* b,
                      const int64_t b_strides[4], const int64_t dims[4], float* out) {
  const KernelTimer timer("binary", 0.0, 3.0 * size(dims));
  if (is_dry_run()) return;
  const auto body =
      backend() == Backend::textbook ? textbook::binary_broadcast : fast::binary_broadcast;
  body(op, a, a_strides, b, b_strides, dims, out);
}

void geglu(const float* x, int64_t rows, int64_t width, float* out) {
  const KernelTimer timer("geglu", 0.0, 3.0 * rows * width);
  if (is_dry_run()) return;
  const auto body = backend() == Backend::textbook ? textbook::geglu : fast::geglu;
  body(x, rows, width, out);
}

void clamp(const float* x, float low, float high, int64_t count, float* out) {
  const KernelTimer timer("clamp", 0.0, 2.0 * count);
  if (is_dry_run()) return;
  const auto body = backend() == Backend::textbook ? textbook::clamp : fast::clamp;
  body(x, low, high, count, out);
}

// ---- one body for all backends ----

void widen(const void* in, DType dtype, int64_t count, float* out) {
  const KernelTimer timer("widen", 0.0, 2.0 * count);
  if (is_dry_run()) return;
  common::widen(in, dtype, count, out);
}

void gather_strided(const float* x, const int64_t strides[4], const int64_t dims[4], float* out) {
  const KernelTimer timer("gather_strided", 0.0, 2.0 * size(dims));
  if (is_dry_run()) return;
  common::gather_strided(x, strides, dims, out);
}

void copy_rows(const float* x, int64_t rows, int64_t width, int64_t x_stride, float* out,
               int64_t out_stride) {
  const KernelTimer timer("copy_rows", 0.0, 2.0 * rows * width);
  if (is_dry_run()) return;
  common::copy_rows(x, rows, width, x_stride, out, out_stride);
}

void upsample_nearest(const float* x, int64_t planes, int64_t height, int64_t width,
                      int64_t out_height, int64_t out_width, float* out) {
  const KernelTimer timer("upsample_nearest", 0.0,
                          planes * (height * width + 1.0 * out_height * out_width));
  if (is_dry_run()) return;
  common::upsample_nearest(x, planes, height, width, out_height, out_width, out);
}

void sinusoids(const float* values, int64_t count, int64_t dim, bool cosines_first, float shift,
               float* out) {
  const KernelTimer timer("sinusoids", 0.0, 1.0 * count * (dim + 1));
  if (is_dry_run()) return;
  common::sinusoids(values, count, dim, cosines_first, shift, out);
}

double mean(const float* x, int64_t count) {
  const KernelTimer timer("mean", 0.0, count);
  return is_dry_run() ? 0.0 : common::mean(x, count);
}

double standard_deviation(const float* x, int64_t count) {
  const KernelTimer timer("standard_deviation", 0.0, count);
  return is_dry_run() ? 0.0 : common::standard_deviation(x, count);
}

bool all_finite(const float* x, int64_t count) {
  const KernelTimer timer("all_finite", 0.0, count);
  return is_dry_run() || common::all_finite(x, count);
}

}  // namespace tensor::kernels
