#include "tensor/kernels/kernels.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "tensor/random.h"

// Each fast kernel against its textbook body, over odd sizes, all dtypes and unaligned weights; and
// against itself on other numbers of threads.

namespace kernels = tensor::kernels;
using kernels::Weight;
using tensor::DType;

namespace {

std::vector<float> random_numbers(int64_t count, uint64_t seed, double scale = 1.0) {
  tensor::Generator generator(seed);
  const tensor::Tensor x = generator.uniform({count}, -scale, scale);
  return {x.data(), x.data() + count};
}

/// Numbers as a file may hold them: in some dtype, at an odd address.
struct StoredWeight {
  std::vector<char> bytes;
  DType dtype;
  Weight view() const { return {bytes.data() + 1, dtype}; }
};

StoredWeight store(const std::vector<float>& values, DType dtype) {
  StoredWeight stored{std::vector<char>(values.size() * 4 + 1), dtype};
  char* target = stored.bytes.data() + 1;
  for (const float value : values) {
    if (dtype == DType::f32) {
      std::memcpy(target, &value, 4);
    } else {
      const uint16_t bits = dtype == DType::f16 ? tensor::to_f16(value) : tensor::to_bf16(value);
      std::memcpy(target, &bits, 2);
    }
    target += tensor::size_of(dtype);
  }
  return stored;
}

double relative_error(const std::vector<float>& ours, const std::vector<float>& exact) {
  double error = 0.0, size = 0.0;
  for (size_t i = 0; i < exact.size(); ++i) {
    error += std::pow(static_cast<double>(ours[i]) - exact[i], 2);
    size += std::pow(exact[i], 2);
  }
  return size == 0.0 ? std::sqrt(error) : std::sqrt(error / size);
}

/// Runs a kernel on 1, 2 and 4 threads, checks that the bits are the same, and gives them back.
template <class Run>
std::vector<float> run_on_threads(int64_t count, const Run& run) {
  std::vector<float> first(count, std::numeric_limits<float>::quiet_NaN());
  kernels::set_threads(1);
  run(first.data());
  for (const int threads : {2, 4}) {
    std::vector<float> other(count);
    kernels::set_threads(threads);
    run(other.data());
    CHECK(std::memcmp(first.data(), other.data(), count * sizeof(float)) == 0);
  }
  kernels::set_threads(0);
  return first;
}

constexpr DType dtypes[] = {DType::f32, DType::f16, DType::bf16};

}  // namespace

TEST_CASE("kernels: linear agrees with the textbook loops") {
  const int64_t sizes[][3] = {{1, 1, 1}, {3, 17, 5}, {77, 65, 129}, {1030, 33, 260}, {5, 700, 13}};
  for (const auto& [rows, inputs, outputs] : sizes) {
    for (const DType dtype : dtypes) {
      CAPTURE(rows);
      CAPTURE(tensor::name_of(dtype));
      const std::vector<float> x = random_numbers(rows * inputs, 1);
      const StoredWeight w = store(random_numbers(outputs * inputs, 2), dtype);
      const StoredWeight b = store(random_numbers(outputs, 3), dtype);
      for (const Weight& bias : {b.view(), Weight{nullptr, DType::f32}}) {
        std::vector<float> exact(rows * outputs);
        kernels::reference::linear(x.data(), rows, inputs, w.view(), bias, outputs, exact.data());
        const auto ours = run_on_threads(rows * outputs, [&](float* out) {
          kernels::linear(x.data(), rows, inputs, w.view(), bias, outputs, out);
        });
        CHECK(relative_error(ours, exact) < 1e-6);
      }
    }
  }
}

TEST_CASE("kernels: conv2d agrees with the textbook loops") {
  struct Case {
    int64_t batch, channels, height, width, outputs, kernel, stride, top, bottom, left, right;
  };
  const Case cases[] = {
      {1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0},      {1, 1, 1, 1, 2, 3, 1, 1, 1, 1, 1},
      {2, 3, 7, 5, 4, 3, 1, 1, 1, 1, 1},      {2, 3, 7, 5, 4, 3, 2, 1, 1, 1, 1},
      {1, 5, 8, 11, 3, 3, 2, 0, 1, 0, 1},     {2, 4, 9, 6, 5, 1, 1, 0, 0, 0, 0},
      {1, 70, 33, 31, 130, 3, 1, 1, 1, 1, 1}, {1, 67, 16, 18, 321, 3, 1, 1, 1, 1, 1},
      {1, 130, 23, 24, 9, 1, 1, 0, 0, 0, 0},  {1, 2, 3, 40, 3, 3, 2, 1, 1, 1, 1},
      {3, 8, 2, 2, 6, 3, 1, 1, 1, 1, 1},      {1, 6, 40, 41, 7, 3, 1, 1, 1, 1, 1},
  };
  for (const Case& c : cases) {
    const kernels::Conv2dShape shape = {c.batch,
                                        c.channels,
                                        c.height,
                                        c.width,
                                        c.outputs,
                                        (c.height + c.top + c.bottom - c.kernel) / c.stride + 1,
                                        (c.width + c.left + c.right - c.kernel) / c.stride + 1,
                                        c.kernel,
                                        c.stride,
                                        c.top,
                                        c.left};
    const int64_t count = c.batch * c.outputs * shape.out_height * shape.out_width;
    for (const DType dtype : dtypes) {
      CAPTURE(c.channels);
      CAPTURE(c.stride);
      CAPTURE(tensor::name_of(dtype));
      const auto x = random_numbers(c.batch * c.channels * c.height * c.width, 1);
      const StoredWeight w =
          store(random_numbers(c.outputs * c.channels * c.kernel * c.kernel, 2), dtype);
      const StoredWeight b = store(random_numbers(c.outputs, 3), dtype);
      std::vector<float> exact(count);
      kernels::reference::conv2d(x.data(), w.view(), b.view(), shape, exact.data());
      const auto ours = run_on_threads(
          count, [&](float* out) { kernels::conv2d(x.data(), w.view(), b.view(), shape, out); });
      CHECK(relative_error(ours, exact) < 1e-6);
    }
  }
}

TEST_CASE("kernels: attention agrees with the textbook loops") {
  const kernels::AttentionShape shapes[] = {
      {1, 1, 1, 1, 1, false},      {2, 5, 77, 3, 8, false},  {1, 300, 300, 2, 16, false},
      {1, 131, 523, 1, 40, false}, {2, 77, 77, 2, 12, true}, {1, 300, 300, 1, 8, true},
      {1, 600, 600, 1, 4, true},
  };
  for (const kernels::AttentionShape& s : shapes) {
    CAPTURE(s.queries);
    CAPTURE(s.causal);
    const int64_t width = s.heads * s.head_size;
    const auto q = random_numbers(s.batch * s.queries * width, 1, 4.0);
    const auto k = random_numbers(s.batch * s.keys * width, 2, 4.0);
    const auto v = random_numbers(s.batch * s.keys * width, 3);
    std::vector<float> exact(q.size());
    kernels::reference::attention(q.data(), k.data(), v.data(), s, exact.data());
    const auto ours = run_on_threads(static_cast<int64_t>(q.size()), [&](float* out) {
      kernels::attention(q.data(), k.data(), v.data(), s, out);
    });
    CHECK(relative_error(ours, exact) < 2e-6);
  }
}

TEST_CASE("kernels: attention stays exact for scores beyond the range of exp") {
  const kernels::AttentionShape s = {1, 3, 600, 1, 4, false};
  auto q = random_numbers(s.queries * 4, 1, 100.0);
  auto k = random_numbers(s.keys * 4, 2, 100.0);
  const auto v = random_numbers(s.keys * 4, 3);
  std::vector<float> exact(q.size()), ours(q.size());
  kernels::reference::attention(q.data(), k.data(), v.data(), s, exact.data());
  kernels::attention(q.data(), k.data(), v.data(), s, ours.data());
  CHECK(relative_error(ours, exact) < 1e-4);  // scores near 1e4 are themselves rounded to 1e-3
}

TEST_CASE("kernels: norms agree with the textbook loops also where the variance is small") {
  for (const double scale : {1.0, 0.01}) {
    for (const DType dtype : dtypes) {
      auto x = random_numbers(2 * 12 * 35, 1, scale);
      for (float& value : x) value += 3.0f;  // a mean far larger than the deviation
      const StoredWeight gain = store(random_numbers(35 * 12, 2), dtype);
      const StoredWeight shift = store(random_numbers(35 * 12, 3), dtype);
      std::vector<float> exact(x.size());
      kernels::reference::group_norm(x.data(), 2, 12, 35, 3, gain.view(), shift.view(), 1e-6f,
                                     exact.data());
      auto ours = run_on_threads(static_cast<int64_t>(x.size()), [&](float* out) {
        kernels::group_norm(x.data(), 2, 12, 35, 3, gain.view(), shift.view(), 1e-6f, out);
      });
      CHECK(relative_error(ours, exact) < 1e-5);
      kernels::reference::layer_norm(x.data(), 24, 35, gain.view(), shift.view(), 1e-5f,
                                     exact.data());
      ours = run_on_threads(static_cast<int64_t>(x.size()), [&](float* out) {
        kernels::layer_norm(x.data(), 24, 35, gain.view(), shift.view(), 1e-5f, out);
      });
      CHECK(relative_error(ours, exact) < 1e-5);
    }
  }
}

TEST_CASE("kernels: activations are within a few units in the last place of the exact ones") {
  std::vector<float> x;
  for (double value = -110.0; value < 95.0; value += 0.00137)
    x.push_back(static_cast<float>(value));
  const auto count = static_cast<int64_t>(x.size());
  std::vector<float> exact(count), ours(count);
  for (const auto op : {kernels::Unary::silu, kernels::Unary::gelu, kernels::Unary::quick_gelu,
                        kernels::Unary::sqrt}) {
    kernels::reference::unary(op, x.data(), count, exact.data());
    ours = run_on_threads(count, [&](float* out) { kernels::unary(op, x.data(), count, out); });
    for (int64_t i = 0; i < count; ++i) {
      const double limit = 4.4e-7 + 3e-7 * std::abs(exact[i]);  // torch's own gelu is 3.8e-7 off
      if (std::abs(static_cast<double>(ours[i]) - exact[i]) > limit) {
        FAIL_CHECK(x[i] << ": " << ours[i] << " instead of " << exact[i]);
      }
    }
  }
  kernels::reference::unary(kernels::Unary::exp, x.data(), count, exact.data());
  kernels::unary(kernels::Unary::exp, x.data(), count, ours.data());
  for (int64_t i = 0; i < count; ++i) {
    if (std::abs(static_cast<double>(ours[i]) - exact[i]) > 2.4e-7 * exact[i] + 2.4e-38) {
      FAIL_CHECK("exp(" << x[i] << "): " << ours[i] << " instead of " << exact[i]);
    }
  }
}

TEST_CASE("kernels: activations keep NaN and know the infinities") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  const float x[] = {nan, inf, -inf, 0.0f, 1e-42f};
  float out[5];
  kernels::unary(kernels::Unary::exp, x, 5, out);
  CHECK(std::isnan(out[0]));
  CHECK(out[1] == inf);
  CHECK(out[2] == 0.0f);
  CHECK(out[3] == 1.0f);
  kernels::unary(kernels::Unary::silu, x, 5, out);
  CHECK(std::isnan(out[0]));
  CHECK(out[1] == inf);
  CHECK(out[3] == 0.0f);
  kernels::unary(kernels::Unary::gelu, x, 5, out);
  CHECK(std::isnan(out[0]));
  CHECK(out[1] == inf);
}

TEST_CASE("kernels: every half and bfloat16 widens exactly and comes back") {
  for (int bits = 0; bits < 65536; ++bits) {
    const auto pattern = static_cast<uint16_t>(bits);
    const float half = tensor::from_f16(pattern);
    float widened;
    kernels::widen(&pattern, DType::f16, 1, &widened);
    if (std::isnan(half)) {
      CHECK(std::isnan(widened));
      continue;
    }
    if (widened != half || tensor::to_f16(half) != pattern) FAIL_CHECK("half " << bits);
    const float brain = tensor::from_bf16(pattern);
    if (!std::isnan(brain) && tensor::to_bf16(brain) != pattern) FAIL_CHECK("bfloat16 " << bits);
  }
  CHECK(tensor::from_f16(0x3c00) == 1.0f);
  CHECK(tensor::from_f16(0x0001) == 0x1p-24f);
  CHECK(tensor::from_f16(0x7bff) == 65504.0f);
  CHECK(tensor::to_f16(65520.0f) == 0x7c00);
  CHECK(tensor::to_f16(1.0f + 0x1p-11f) == 0x3c00);  // a tie goes to the even neighbour
  CHECK(tensor::to_f16(1.0f + 3 * 0x1p-11f) == 0x3c02);
  CHECK(tensor::to_f16(0x1p-25f) == 0x0000);
}
