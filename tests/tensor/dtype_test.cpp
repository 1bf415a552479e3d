#include "tensor/dtype.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "tensor/io/safetensors.h"
#include "tensor/kernels/kernels.h"
#include "tests/support/paths.h"

using tensor::DType;

TEST_CASE("dtype: every float16 and bfloat16 converts to float32 and back") {
  constexpr int64_t count = 65536;
  std::vector<char> bytes(count * 2 + 1);  // at an odd address
  for (int64_t i = 0; i < count; ++i) {
    const auto pattern = static_cast<uint16_t>(i);
    std::memcpy(bytes.data() + 1 + i * 2, &pattern, 2);
  }
  std::vector<float> half(count), brain(count);
  tensor::kernels::widen(bytes.data() + 1, DType::f16, count, half.data());
  tensor::kernels::widen(bytes.data() + 1, DType::bf16, count, brain.data());
  for (int i = 0; i < count; ++i) {
    const int exponent = i >> 10 & 31;
    const int fraction = i & 1023;
    double value =
        exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
    if (exponent == 31) value = fraction == 0 ? INFINITY : NAN;
    if (i & 0x8000) value = -value;
    const bool same = std::isnan(value) ? std::isnan(half[i]) : half[i] == value;
    if (!same || std::signbit(half[i]) != ((i & 0x8000) != 0)) FAIL_CHECK("half " << i);
    if (!std::isnan(value) && tensor::to_f16(half[i]) != i) FAIL_CHECK("half " << i);
    float upper_half;
    const uint32_t bits = static_cast<uint32_t>(i) << 16;
    std::memcpy(&upper_half, &bits, 4);
    if (std::memcmp(&upper_half, &brain[i], 4) != 0) FAIL_CHECK("bfloat16 " << i);
    if (!std::isnan(brain[i]) && tensor::to_bf16(brain[i]) != i) FAIL_CHECK("bfloat16 " << i);
  }
}

TEST_CASE("dtype: every float8 and some float64 convert to float32 as in torch") {
  const tensor::io::SafetensorsFile file(support::golden_path("float8"));
  for (const std::string name : {"e4m3", "e5m2", "f64"}) {
    CAPTURE(name);
    const tensor::Tensor ours = file.tensor(name);
    const tensor::Tensor theirs = file.tensor(name + "_as_float32");
    REQUIRE(ours.shape() == theirs.shape());
    CHECK((name == "f64" || ours.size() == 256));
    for (int64_t i = 0; i < ours.size(); ++i) {
      const float x = ours.data()[i], y = theirs.data()[i];
      const bool same = std::isnan(y) ? std::isnan(x) : std::memcmp(&x, &y, 4) == 0;
      if (!same || std::signbit(x) != std::signbit(y)) FAIL_CHECK("code " << i);
    }
  }
}

TEST_CASE("dtype: values round to the nearest float16 and bfloat16") {
  CHECK(tensor::to_f16(1.0f) == 0x3c00);
  CHECK(tensor::to_f16(65504.0f) == 0x7bff);
  CHECK(tensor::to_f16(65519.99f) == 0x7bff);
  CHECK(tensor::to_f16(65520.0f) == 0x7c00);
  CHECK(tensor::to_f16(1.0f + 0x1p-11f) == 0x3c00);  // a tie goes to the even neighbour
  CHECK(tensor::to_f16(1.0f + 3 * 0x1p-11f) == 0x3c02);
  CHECK(tensor::to_f16(0x1p-24f) == 0x0001);
  CHECK(tensor::to_f16(0x1p-25f) == 0x0000);
  CHECK(tensor::to_f16(-INFINITY) == 0xfc00);
  CHECK((tensor::to_f16(NAN) & 0x7fff) > 0x7c00);
  CHECK(tensor::to_bf16(1.0f + 0x1p-8f) == 0x3f80);
  CHECK(tensor::to_bf16(1.0f + 3 * 0x1p-8f) == 0x3f82);
  CHECK(tensor::to_bf16(std::numeric_limits<float>::max()) == 0x7f80);
  CHECK((tensor::to_bf16(NAN) & 0x7fff) > 0x7f80);
}
