#include "tensor/kernels/fast/bf16x3.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <vector>

#include "tensor/compute.h"
#include "tensor/kernels/fast/micro_kernel.h"
#include "tensor/random.h"

// Values split into bfloat16 terms: nothing is lost, and sums of their products are no less exact
// than float32's own. The kernels' own tests run with them too.

namespace kernels = tensor::kernels;
namespace fast = tensor::kernels::fast;
using fast::Bf16Instructions;
using tensor::DType;

namespace {

/// A NaN all of whose bits are 1, so that rounding up would carry into its sign.
const float any_nan = std::bit_cast<float>(0x7fffffff);

float widen_term(uint16_t term) {
  float x = 0.0f;
  kernels::widen(&term, DType::bf16, 1, &x);
  return x;
}

/// Numbers of all sizes whose parts between them are kept, and those at the borders.
std::vector<float> values_of_all_sizes() {
  std::vector<float> values = {0.0f,           -0.0f,      1.0f,        -1.0f,    0x1.fffffep0f,
                               0x1.010101p10f, 0x1.ffp-1f, 0x1.fep127f, 65504.0f, 0x1p-24f};
  tensor::Generator generator(1);
  const tensor::Tensor mantissas = generator.uniform({590}, -2.0, 2.0);
  for (int i = 0; i < 590; ++i) values.push_back(std::ldexp(mantissas.data()[i], i % 200 - 90));
  return values;
}

/// The root of the mean square error of a linear layer, beside sums in double.
double error_of_linear(DType dtype, int64_t inputs) {
  constexpr int64_t rows = 40, outputs = 40;
  tensor::Generator generator(1);
  const tensor::Tensor x = generator.randn({rows, inputs});
  const tensor::Tensor w = generator.randn({outputs, inputs});
  std::vector<uint16_t> half(outputs * inputs);
  for (size_t i = 0; i < half.size(); ++i) {
    half[i] = dtype == DType::f16 ? tensor::to_f16(w.data()[i]) : tensor::to_bf16(w.data()[i]);
  }
  const void* values = half.data();
  if (dtype == DType::f32) values = w.data();
  std::vector<float> wide(outputs * inputs), out(rows * outputs);
  kernels::widen(values, dtype, outputs * inputs, wide.data());
  kernels::linear(x.data(), rows, inputs, {values, dtype}, {nullptr, dtype}, outputs, out.data());
  double error = 0.0;
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t o = 0; o < outputs; ++o) {
      double sum = 0.0;
      for (int64_t k = 0; k < inputs; ++k) {
        sum += static_cast<double>(x.data()[row * inputs + k]) * wide[o * inputs + k];
      }
      error += std::pow(out[row * outputs + o] - sum, 2);
    }
  }
  return std::sqrt(error / (rows * outputs));
}

}  // namespace

TEST_CASE("bf16x3: three terms hold a float32 to the last bit, two a float16 and one a bfloat16") {
  const std::vector<float> values = values_of_all_sizes();
  const auto count = static_cast<int64_t>(values.size());
  const int64_t steps = fast::padded_depth(count) / fast::tile_depth;
  for (const int64_t terms : {1, 2, 3}) {
    CAPTURE(terms);
    const DType dtype = terms == 3 ? DType::f32 : terms == 2 ? DType::f16 : DType::bf16;
    std::vector<uint16_t> half;
    for (const float x : values) {
      half.push_back(dtype == DType::f16 ? tensor::to_f16(std::fmod(x, 65504.0f))
                                         : tensor::to_bf16(x));
    }
    std::vector<float> exact = values;
    if (terms < 3) kernels::widen(half.data(), dtype, count, exact.data());
    std::vector<uint16_t> split(steps * terms * fast::tile_depth, 0x7fc0);
    const void* source = half.data();
    if (terms == 3) source = values.data();
    fast::split_rows(source, dtype, count, 1, count, terms, split.data());
    for (int64_t k = 0; k < steps * fast::tile_depth; ++k) {
      const uint16_t* first =
          &split[k / fast::tile_depth * terms * fast::tile_depth + k % fast::tile_depth];
      float sum = 0.0f;
      for (int64_t i = terms - 1; i >= 0; --i) sum += widen_term(first[i * fast::tile_depth]);
      CHECK(sum == (k < count ? exact[k] : 0.0f));
    }
  }
}

TEST_CASE("bf16x3: one term is the nearest bfloat16") {
  std::vector<float> values = values_of_all_sizes();
  for (const float x : {0x1.01p0f, 0x1.03p0f, -0x1.03p0f, INFINITY, -INFINITY}) values.push_back(x);
  const auto count = static_cast<int64_t>(values.size());
  std::vector<uint16_t> split(fast::padded_depth(count));
  fast::split_rows(values.data(), DType::f32, count, 1, count, 1, split.data());
  for (int64_t k = 0; k < count; ++k) CHECK(split[k] == tensor::to_bf16(values[k]));
  fast::split_rows(&any_nan, DType::f32, 1, 1, 1, 1, split.data());
  CHECK(std::isnan(widen_term(split[0])));
}

TEST_CASE("bf16x3: sums of products are no less exact than those of float32") {
  for (const DType dtype : {DType::f32, DType::f16, DType::bf16}) {
    for (const int64_t inputs : {64, 1280}) {
      CAPTURE(tensor::name_of(dtype));
      CAPTURE(inputs);
      fast::set_bf16_instructions(Bf16Instructions::off);
      const double in_float32 = error_of_linear(dtype, inputs);
      fast::set_bf16_instructions(Bf16Instructions::best);
      CHECK(error_of_linear(dtype, inputs) <= in_float32);
      if (!fast::set_bf16_instructions(Bf16Instructions::scalar)) continue;
      // They round after every second product.
      CHECK(error_of_linear(dtype, inputs) < 2.0 * in_float32);
    }
  }
  fast::set_bf16_instructions(Bf16Instructions::best);
}

TEST_CASE("bf16x3: values beyond bfloat16's range become NaN and never a wrong value") {
  for (const auto instructions : {Bf16Instructions::scalar, Bf16Instructions::best}) {
    if (!fast::set_bf16_instructions(instructions)) continue;
    if (&fast::gemm_for(DType::f32) == &fast::float32_gemm()) continue;
    for (const float large : {0x1.fffffep127f, -0x1.fffffep127f, INFINITY, -INFINITY, any_nan}) {
      const float x[2] = {large, 1.0f}, w[2] = {1.0f, 1.0f};
      float out = 0.0f;
      kernels::linear(x, 1, 2, {w, DType::f32}, {nullptr, DType::f32}, 1, &out);
      CHECK(std::isnan(out));
      kernels::linear(w, 1, 2, {x, DType::f32}, {nullptr, DType::f32}, 1, &out);
      CHECK(std::isnan(out));
    }
  }
  fast::set_bf16_instructions(Bf16Instructions::best);
}

TEST_CASE("bf16x3: every instruction set rounds to bfloat16 in the same way") {
  std::vector<double> errors;
  for (const auto instructions :
       {Bf16Instructions::best, Bf16Instructions::avx512_bf16, Bf16Instructions::scalar}) {
    if (!fast::set_bf16_instructions(instructions) || !tensor::set_bfloat16(true)) continue;
    errors.push_back(error_of_linear(DType::f16, 300));
    CHECK(errors.back() == doctest::Approx(errors.front()).epsilon(1e-4));
    CHECK(errors.back() > 1e-2);
    tensor::set_bfloat16(false);
  }
  fast::set_bf16_instructions(Bf16Instructions::best);
}
