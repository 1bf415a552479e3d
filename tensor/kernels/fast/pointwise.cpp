#include <algorithm>
#include <cmath>

#include "tensor/kernels/fast/vector_math.h"
#include "tensor/kernels/kernels.h"

// One element at a time, in loops that the compiler turns into vector instructions. Elements, or
// rows of them, are split among the threads.

namespace tensor::kernels::fast {

namespace {

constexpr int64_t chunk = 1 << 12;  // elements that a thread takes at a time

float silu(float x) { return x / (1.0f + vector_exp(-x)); }
float gelu(float x) { return 0.5f * x * (1.0f + vector_erf(x * 0.707106781f)); }
float quick_gelu(float x) { return x / (1.0f + vector_exp(-1.702f * x)); }
float square_root(float x) { return std::sqrt(x); }
float hyperbolic_tangent(float x) { return std::tanh(x); }

template <float (*f)(float)>
void map_chunk(const float* x, int64_t count, float* out) {
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) out[i] = f(x[i]);
}

/// Without simd: the loop calls libm, and clang warns where it cannot do what the pragma requests.
template <>
void map_chunk<hyperbolic_tangent>(const float* x, int64_t count, float* out) {
  for (int64_t i = 0; i < count; ++i) out[i] = hyperbolic_tangent(x[i]);
}

template <float (*f)(float)>
void map(const float* x, int64_t count, float* out) {
  const int team = threads_for_elements(count);
#pragma omp parallel for num_threads(team)
  for (int64_t first = 0; first < count; first += chunk) {
    map_chunk<f>(x + first, std::min(chunk, count - first), out + first);
  }
}

float add(float a, float b) { return a + b; }
float subtract(float a, float b) { return a - b; }
float multiply(float a, float b) { return a * b; }
float divide(float a, float b) { return a / b; }

/// One row of a broadcast: a stride of 0 repeats the operand's first element.
template <float (*f)(float, float)>
void combine_row(const float* a, bool a_moves, const float* b, bool b_moves, int64_t count,
                 float* out) {
  if (a_moves && b_moves) {
    for (int64_t i = 0; i < count; ++i) out[i] = f(a[i], b[i]);
  } else if (a_moves) {
    for (int64_t i = 0; i < count; ++i) out[i] = f(a[i], b[0]);
  } else if (b_moves) {
    for (int64_t i = 0; i < count; ++i) out[i] = f(a[0], b[i]);
  } else {
    for (int64_t i = 0; i < count; ++i) out[i] = f(a[0], b[0]);
  }
}

template <float (*f)(float, float)>
void combine(const float* a, const int64_t as[4], const float* b, const int64_t bs[4],
             const int64_t dims[4], float* out) {
  const int64_t rows = dims[0] * dims[1] * dims[2];
  const int team = threads_for_elements(rows * dims[3]);
#pragma omp parallel for num_threads(team)
  for (int64_t row = 0; row < rows; ++row) {
    const int64_t k = row % dims[2];
    const int64_t j = row / dims[2] % dims[1];
    const int64_t i = row / dims[2] / dims[1];
    combine_row<f>(a + i * as[0] + j * as[1] + k * as[2], as[3] != 0,
                   b + i * bs[0] + j * bs[1] + k * bs[2], bs[3] != 0, dims[3], out + row * dims[3]);
  }
}

}  // namespace

void unary(Unary op, const float* x, int64_t count, float* out) {
  switch (op) {
    case Unary::silu:
      return map<silu>(x, count, out);
    case Unary::gelu:
      return map<gelu>(x, count, out);
    case Unary::quick_gelu:
      return map<quick_gelu>(x, count, out);
    case Unary::exp:
      return map<vector_exp>(x, count, out);
    case Unary::sqrt:
      return map<square_root>(x, count, out);
    case Unary::tanh:
      return map<hyperbolic_tangent>(x, count, out);
  }
}

void binary_broadcast(Binary op, const float* a, const int64_t a_strides[4], const float* b,
                      const int64_t b_strides[4], const int64_t dims[4], float* out) {
  switch (op) {
    case Binary::add:
      return combine<add>(a, a_strides, b, b_strides, dims, out);
    case Binary::subtract:
      return combine<subtract>(a, a_strides, b, b_strides, dims, out);
    case Binary::multiply:
      return combine<multiply>(a, a_strides, b, b_strides, dims, out);
    case Binary::divide:
      return combine<divide>(a, a_strides, b, b_strides, dims, out);
  }
}

void geglu(const float* x, int64_t rows, int64_t width, float* out) {
  const int team = threads_for_elements(rows * width);
#pragma omp parallel for num_threads(team)
  for (int64_t row = 0; row < rows; ++row) {
    const float* values = x + 2 * row * width;
    const float* gates = values + width;
#pragma omp simd
    for (int64_t i = 0; i < width; ++i) out[row * width + i] = values[i] * gelu(gates[i]);
  }
}

void clamp(const float* x, float low, float high, int64_t count, float* out) {
  const int team = threads_for_elements(count);
#pragma omp parallel for simd num_threads(team)
  for (int64_t i = 0; i < count; ++i) out[i] = x[i] < low ? low : (x[i] > high ? high : x[i]);
}

}  // namespace tensor::kernels::fast
