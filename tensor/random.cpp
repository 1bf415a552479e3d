#include "tensor/random.h"

#include <cmath>
#include <initializer_list>
#include <numbers>
#include <utility>

#include "tensor/error.h"

namespace tensor {

// Every product and every sum below is rounded separately, except in std::fma: this file is
// compiled with -ffp-contract=off.

namespace {

constexpr int64_t block = 16;

/// c0 x^n + c1 x^(n-1) + ... + cn, each step one fused multiply-add.
float polynomial(float x, std::initializer_list<float> coefficients) {
  float sum = 0.0f;
  for (const float c : coefficients) sum = std::fma(sum, x, c);
  return sum;
}

/// ln x of a normal x in (0, 1], with the range reduction and polynomial of the Cephes library.
float vector_log(float x) {
  int exponent = 0;
  const float m = std::frexp(x, &exponent);  // x = m 2^exponent, m in [0.5, 1)
  float t = m - 1.0f;
  if (m < 0.707106781186547524f) {
    exponent -= 1;
    t = t + m;
  }
  const auto e = static_cast<float>(exponent);
  const float z = t * t;
  float y = polynomial(t, {7.0376836292e-2f, -1.1514610310e-1f, 1.1676998740e-1f, -1.2420140846e-1f,
                           1.4249322787e-1f, -1.6668057665e-1f, 2.0000714765e-1f, -2.4999993993e-1f,
                           3.3333331174e-1f});
  y = y * t;
  y = std::fma(y, z, e * -2.12194440e-4f);
  y = std::fma(-z, 0.5f, y);
  return std::fma(e, 0.693359375f, t + y);
}

struct SinCos {
  float sin;
  float cos;
};

/// Sine and cosine of an angle in [0, 2 pi], also as in Cephes: the nearest multiple j pi / 4 with
/// an even j is subtracted from the angle, and the octant j selects polynomial and sign.
SinCos vector_sincos(float angle) {
  const int j = (static_cast<int>(angle * 1.27323954473516f) + 1) & ~1;
  const auto f = static_cast<float>(j);
  float x = std::fma(f, -0.78515625f, angle);
  x = std::fma(f, -2.4187564849853515625e-4f, x);
  x = std::fma(f, -3.77489497744594108e-8f, x);
  const float z = x * x;

  float c = polynomial(z, {2.443315711809948e-5f, -1.388731625493765e-3f, 4.166664568298827e-2f});
  c = c * z;
  c = std::fma(c, z, -(z * 0.5f));
  c = c + 1.0f;
  float s = polynomial(z, {-1.9515295891e-4f, 8.3321608736e-3f, -1.6666654611e-1f});
  s = s * z;
  s = std::fma(s, x, x);

  if ((j & 2) != 0) std::swap(s, c);
  return {(j & 4) != 0 ? -s : s, ((j - 2) & 4) == 0 ? -c : c};
}

/// A uniform float in [0, 1) with 24 random bits.
float next_float(std::mt19937& engine) {
  return static_cast<float>(engine() & 0xffffff) * 0x1p-24f;
}

/// A uniform double in [0, 1) with 53 random bits; the first draw is the upper half.
double next_double(std::mt19937& engine) {
  const uint64_t high = engine();
  const uint64_t low = engine();
  return static_cast<double>((high << 32 | low) & ((uint64_t{1} << 53) - 1)) * 0x1p-53;
}

/// Sixteen uniform values become normal ones: u[j] and u[j + 8] are one pair of the Box-Muller
/// transform.
void box_muller(float* u) {
  for (int64_t j = 0; j < block / 2; ++j) {
    const float radius = std::sqrt(-2.0f * vector_log(1.0f - u[j]));
    const auto [sin, cos] = vector_sincos(2.0f * std::numbers::pi_v<float> * u[j + block / 2]);
    u[j] = radius * cos;
    u[j + block / 2] = radius * sin;
  }
}

}  // namespace

Generator::Generator(uint64_t seed) : engine_(static_cast<uint32_t>(seed)) {}

double Generator::next_normal() {
  if (spare_normal_) return *std::exchange(spare_normal_, std::nullopt);
  const double u1 = next_double(engine_);
  const double u2 = next_double(engine_);
  const double radius = std::sqrt(-2.0 * std::log1p(-u2));
  const double angle = 2.0 * std::numbers::pi * u1;
  spare_normal_ = radius * std::sin(angle);
  return radius * std::cos(angle);
}

Tensor Generator::randn(const Shape& shape) {
  Tensor result = Tensor::uninitialized(shape);
  float* out = result.mutable_data();
  const int64_t count = shape.size();
  if (count < block) {
    for (int64_t i = 0; i < count; ++i) out[i] = static_cast<float>(next_normal());
    return result;
  }
  for (int64_t i = 0; i < count; ++i) out[i] = next_float(engine_);
  for (int64_t i = 0; i + block <= count; i += block) box_muller(out + i);
  if (count % block != 0) {  // the last 16 values are drawn anew, over the end of a finished block
    float* tail = out + count - block;
    for (int64_t i = 0; i < block; ++i) tail[i] = next_float(engine_);
    box_muller(tail);
  }
  return result;
}

Tensor Generator::rand(const Shape& shape) { return uniform(shape, 0.0, 1.0); }

Tensor Generator::uniform(const Shape& shape, double low, double high) {
  const auto from = static_cast<float>(low);
  const auto to = static_cast<float>(high);
  require(from <= to, "uniform expects low <= high, got {} and {}", low, high);
  Tensor result = Tensor::uninitialized(shape);
  float* out = result.mutable_data();
  for (int64_t i = 0; i < shape.size(); ++i) {
    out[i] = std::fma(next_float(engine_), to - from, from);
  }
  return result;
}

}  // namespace tensor
