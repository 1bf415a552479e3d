#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

/// exp and erf by arithmetic without tables and branches: the compiler turns a loop over them into
/// vector instructions. Calls of libm take about ten times as long.
namespace tensor::kernels::fast {

/// a b + c, rounded once where the processor has an instruction for it. WebAssembly and x86-64 below
/// FMA have none: std::fma would be a call of libm for each element, and a third of a whole image's
/// time. There the product and the sum are rounded separately, and the bounds below hold, too.
inline float fused(float a, float b, float c) {
#if defined(__wasm__) || (defined(__x86_64__) && !defined(__FMA__))
  return a * b + c;
#else
  return std::fma(a, b, c);
#endif
}

/// e^x within 1.5 units in the last place: e^x = 2^n e^r with n = round(x / ln 2), so that
/// |r| <= ln(2) / 2, where a polynomial of degree 7 (Taylor's) is exact to the last bits.
///
/// Infinities, NaN and overflow give the results of std::exp; results below 2.4e-38 become 0.
inline float vector_exp(float x) {
  constexpr float log2_e = 1.44269504f;
  constexpr float ln2_high = 0.693359375f;  // 9 bits: n * ln2_high is exact
  constexpr float ln2_low = -2.12194440e-4f;
  // 1.5 * 2^23: adding it rounds to an integer, in the lowest bits. With 126 more, these bits
  // shifted into the exponent are 2^(n - 1).
  constexpr float round_magic = 12582912.0f + 126.0f;
  const float shifted = fused(x, log2_e, round_magic);
  const float n = shifted - round_magic;
  const float r = fused(n, -ln2_low, fused(n, -ln2_high, x));
  float p = 1.0f / 5040;
  p = fused(p, r, 1.0f / 720);
  p = fused(p, r, 1.0f / 120);
  p = fused(p, r, 1.0f / 24);
  p = fused(p, r, 1.0f / 6);
  p = fused(p, r, 0.5f);
  p = fused(p, r * r, r);
  const float half = std::bit_cast<float>(std::bit_cast<uint32_t>(shifted) << 23);
  const float value = fused(p, half, half) * 2.0f;
  const float limited = x > 88.7228394f ? std::numeric_limits<float>::infinity() : value;
  return x < -86.6433945f ? 0.0f : limited;  // n = -125: 2^(n - 1) is the smallest normal float
}

/// erf(x) within 1e-7 for every float: x + x P(x^2) for |x| <= 1, and 1 - e^Q(|x|) with x's sign
/// beyond. P and Q are least squares fits over Chebyshev nodes, P to erf(x) / x - 1, and Q to
/// log(erfc(x)), weighted by erfc.
inline float vector_erf(float x) {
  const float s = x * x;
  float p = 7.88237593951635e-05f;
  p = fused(p, s, -0.0008018818334676325f);
  p = fused(p, s, 0.00518930796533823f);
  p = fused(p, s, -0.02685432694852352f);
  p = fused(p, s, 0.11283597350120544f);
  p = fused(p, s, -0.3761262595653534f);
  p = fused(p, s, 0.12837916612625122f);
  const float near = fused(x, p, x);

  const float magnitude = std::fabs(x);
  const float t = magnitude > 4.0f ? 4.0f : magnitude;  // erf(4) is 1 in float32
  float q = -2.1805775759276003e-05f;
  q = fused(q, t, 0.0004427861422300339f);
  q = fused(q, t, -0.004211979452520609f);
  q = fused(q, t, 0.025228913873434067f);
  q = fused(q, t, -0.10845240205526352f);
  q = fused(q, t, -0.6331872940063477f);
  q = fused(q, t, -1.1295955181121826f);
  q = fused(q, t, 0.00019182069809176028f);
  const float far = std::copysign(1.0f - vector_exp(q), x);
  return magnitude > 1.0f ? far : near;
}

}  // namespace tensor::kernels::fast
