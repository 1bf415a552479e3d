#include <cmath>

#include "tensor/kernels/kernels.h"

// One element at a time: activations in double, a op b in float32. Either result is rounded once.

namespace tensor::kernels::textbook {

namespace {

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }
double gelu(double x) { return x / 2 * (1.0 + std::erf(x / std::sqrt(2.0))); }

double apply(Unary op, double x) {
  switch (op) {
    case Unary::silu:
      return x * sigmoid(x);
    case Unary::gelu:
      return gelu(x);
    case Unary::quick_gelu:
      return x * sigmoid(1.702 * x);
    case Unary::sqrt:
      return std::sqrt(x);
    case Unary::exp:
      return std::exp(x);
    case Unary::tanh:
      return std::tanh(x);
  }
  return x;
}

float apply(Binary op, float a, float b) {
  switch (op) {
    case Binary::add:
      return a + b;
    case Binary::subtract:
      return a - b;
    case Binary::multiply:
      return a * b;
    case Binary::divide:
      return a / b;
  }
  return a;
}

}  // namespace

void unary(Unary op, const float* x, int64_t count, float* out) {
  for (int64_t i = 0; i < count; ++i) out[i] = static_cast<float>(apply(op, x[i]));
}

void binary_broadcast(Binary op, const float* a, const int64_t as[4], const float* b,
                      const int64_t bs[4], const int64_t dims[4], float* out) {
  for (int64_t i = 0; i < dims[0]; ++i) {
    for (int64_t j = 0; j < dims[1]; ++j) {
      for (int64_t k = 0; k < dims[2]; ++k) {
        for (int64_t l = 0; l < dims[3]; ++l, ++out) {
          *out = apply(op, a[i * as[0] + j * as[1] + k * as[2] + l * as[3]],
                       b[i * bs[0] + j * bs[1] + k * bs[2] + l * bs[3]]);
        }
      }
    }
  }
}

void geglu(const float* x, int64_t rows, int64_t width, float* out) {
  for (int64_t row = 0; row < rows; ++row, x += 2 * width, out += width) {
    for (int64_t i = 0; i < width; ++i) {
      const double value = x[i], gate = x[width + i];
      out[i] = static_cast<float>(value * gelu(gate));
    }
  }
}

void clamp(const float* x, float low, float high, int64_t count, float* out) {
  for (int64_t i = 0; i < count; ++i) out[i] = x[i] < low ? low : (x[i] > high ? high : x[i]);
}

}  // namespace tensor::kernels::textbook
