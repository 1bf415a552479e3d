#include "tensor/kernels/kernels.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "tensor/kernels/fast/bf16x3.h"
#include "tensor/random.h"

// Each fast kernel against its textbook body, over odd sizes, all dtypes and unaligned weights,
// with each way to multiply that there is; and against itself on other numbers of threads.

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
    CHECK((count == 0 || std::memcmp(first.data(), other.data(), count * sizeof(float)) == 0));
  }
  kernels::set_threads(0);
  return first;
}

/// Runs a check with each way to multiply that this processor has, and that its registers are wide
/// enough for.
template <class Check>
void with_all_multipliers(const Check& check) {
  using kernels::PieceMultiplier;
  for (const auto multiplier :
       {PieceMultiplier::none, PieceMultiplier::plain_loops, PieceMultiplier::best}) {
    if (!kernels::set_piece_multiplier(multiplier)) continue;
    CAPTURE(static_cast<int>(multiplier));
    check();
  }
}

constexpr DType dtypes[] = {DType::f32, DType::f16, DType::bf16};

struct LinearSizes {
  int64_t rows, inputs, outputs;
};

/// How far a linear layer is from the textbook's, with its weight in each dtype and with a bias and
/// without: the least and the greatest relative error.
std::pair<double, double> errors_of_linear(const LinearSizes& size) {
  const auto [rows, inputs, outputs] = size;
  double least = std::numeric_limits<double>::infinity(), greatest = 0.0;
  for (const DType dtype : dtypes) {
    const std::vector<float> x = random_numbers(rows * inputs, 1);
    const StoredWeight w = store(random_numbers(outputs * inputs, 2), dtype);
    const StoredWeight b = store(random_numbers(outputs, 3), dtype);
    for (const Weight& bias : {b.view(), Weight{nullptr, DType::f32}}) {
      std::vector<float> exact(rows * outputs);
      kernels::reference::linear(x.data(), rows, inputs, w.view(), bias, outputs, exact.data());
      const auto ours = run_on_threads(rows * outputs, [&](float* out) {
        kernels::linear(x.data(), rows, inputs, w.view(), bias, outputs, out);
      });
      const double error = relative_error(ours, exact);
      CHECK_FALSE(std::isnan(error));
      least = std::min(least, error);
      greatest = std::max(greatest, error);
    }
  }
  return {least, greatest};
}

}  // namespace

TEST_CASE("kernels: linear agrees with the textbook loops") {
  const LinearSizes sizes[] = {{1, 1, 1},    {3, 17, 5},   {77, 65, 129},  {1030, 33, 260},
                               {5, 700, 13}, {1, 50, 700}, {2500, 3, 2},   {0, 4, 3},
                               {4, 0, 3},    {4, 3, 0},    {1030, 300, 40}};
  with_all_multipliers([&] {
    for (const LinearSizes& size : sizes) {
      CAPTURE(size.rows);
      CHECK(errors_of_linear(size).second < 1e-6);
    }
  });
}

TEST_CASE("kernels: linear in bfloat16 loses what rounding loses, where the processor has it") {
  if (!kernels::set_bfloat16(true)) {
    MESSAGE("this processor has no instruction for it");
    return;
  }
  const LinearSizes sizes[] = {{3, 17, 5}, {77, 65, 129}, {1030, 700, 260}, {1, 1, 1}, {4, 0, 3}};
  for (const LinearSizes& size : sizes) {
    CAPTURE(size.rows);
    const auto [least, greatest] = errors_of_linear(size);
    CHECK((least > 1e-5 || size.inputs == 0));  // or it was not bfloat16
    CHECK(greatest < 5e-3);
  }
  kernels::set_bfloat16(false);
}

TEST_CASE("kernels: conv2d agrees with the textbook loops") {
  struct Case {
    int64_t batch, channels, height, width, outputs, kernel, stride, top, bottom, left, right;
    int64_t zoom = 1;
  };
  const Case cases[] = {
      {1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0},
      {1, 1, 1, 1, 2, 3, 1, 1, 1, 1, 1},
      {2, 3, 7, 5, 4, 3, 1, 1, 1, 1, 1},
      {2, 3, 7, 5, 4, 3, 2, 1, 1, 1, 1},
      {1, 5, 8, 11, 3, 3, 2, 0, 1, 0, 1},
      {2, 4, 9, 6, 5, 1, 1, 0, 0, 0, 0},
      {1, 70, 33, 31, 130, 3, 1, 1, 1, 1, 1},
      {1, 67, 16, 18, 321, 3, 1, 1, 1, 1, 1},
      {1, 130, 23, 24, 9, 1, 1, 0, 0, 0, 0},
      {1, 2, 3, 40, 3, 3, 2, 1, 1, 1, 1},
      {3, 8, 2, 2, 6, 3, 1, 1, 1, 1, 1},
      {1, 6, 40, 41, 7, 3, 1, 1, 1, 1, 1},
      {0, 3, 4, 4, 2, 3, 1, 1, 1, 1, 1},
      {1, 3, 4, 4, 0, 3, 1, 1, 1, 1, 1},
      // By Winograd's algorithm, in pieces from 256 outputs on: odd sizes, every padding, tasks and
      // chunks that don't come out even.
      {2, 32, 8, 9, 3, 3, 1, 1, 1, 1, 1},
      {1, 40, 11, 12, 5, 3, 1, 0, 0, 0, 0},
      {2, 40, 19, 18, 5, 3, 1, 0, 0, 0, 0},
      {1, 33, 17, 19, 4, 3, 1, 0, 1, 0, 1},
      {1, 33, 10, 9, 4, 3, 1, 0, 1, 0, 1},
      {1, 65, 9, 8, 7, 3, 1, 1, 0, 2, 0},
      {1, 32, 1, 300, 3, 3, 1, 1, 1, 1, 1},
      {2, 129, 3, 600, 161, 3, 1, 1, 1, 1, 1},
      {1, 2, 20, 21, 3, 19, 1, 9, 9, 9, 9},  // more inputs of one channel than a chunk has
      // Of an image that is seen enlarged: by Winograd's algorithm, and by the plain product.
      {2, 32, 5, 4, 3, 3, 1, 1, 1, 1, 1, 2},
      {1, 129, 7, 300, 5, 3, 1, 1, 1, 1, 1, 2},
      {1, 40, 9, 11, 6, 3, 1, 1, 0, 1, 2, 2},
      {1, 40, 9, 11, 6, 3, 1, 0, 1, 1, 1, 2},
      {1, 40, 5, 4, 6, 3, 1, 1, 1, 1, 1, 3},
      {2, 3, 5, 6, 4, 3, 2, 1, 1, 1, 1, 2},
  };
  for (const Case& c : cases) {
    const kernels::Conv2dShape shape = {
        c.batch,
        c.channels,
        c.height,
        c.width,
        c.outputs,
        (c.height * c.zoom + c.top + c.bottom - c.kernel) / c.stride + 1,
        (c.width * c.zoom + c.left + c.right - c.kernel) / c.stride + 1,
        c.kernel,
        c.stride,
        c.top,
        c.left,
        c.zoom};
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
      with_all_multipliers([&] {
        const auto ours = run_on_threads(
            count, [&](float* out) { kernels::conv2d(x.data(), w.view(), b.view(), shape, out); });
        CHECK(relative_error(ours, exact) < 1e-6);
      });
    }
  }
}

TEST_CASE("kernels: attention agrees with the textbook loops") {
  const kernels::AttentionShape shapes[] = {
      {1, 1, 1, 1, 1, false},      {2, 5, 77, 3, 8, false},    {1, 300, 300, 2, 16, false},
      {1, 131, 523, 1, 40, false}, {2, 77, 77, 2, 12, true},   {1, 300, 300, 1, 8, true},
      {1, 600, 600, 1, 4, true},   {1, 900, 700, 1, 7, false}, {1, 3, 9, 1, 512, false},
      {1, 9, 3, 2, 4, true},       {1, 3, 9, 2, 4, true},      {0, 3, 3, 1, 4, false},
      {1, 0, 3, 1, 4, false},
  };
  with_all_multipliers([&] {
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
  });
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
                        kernels::Unary::sqrt, kernels::Unary::tanh}) {
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

TEST_CASE("kernels: Winograd's 3 x 3 convolution is as exact as the plain sum") {
  const kernels::Conv2dShape shape = {1, 640, 16, 16, 8, 16, 16, 3, 1, 1, 1};
  auto x = random_numbers(640 * 16 * 16, 1);
  for (float& value : x) value += 3.0f;  // a mean that the differences of neighbours cancel
  const StoredWeight w = store(random_numbers(8 * 640 * 9, 2), DType::f32);
  std::vector<float> exact(8 * 256), ours(8 * 256);
  kernels::reference::conv2d(x.data(), w.view(), {nullptr, DType::f32}, shape, exact.data());
  with_all_multipliers([&] {
    kernels::conv2d(x.data(), w.view(), {nullptr, DType::f32}, shape, ours.data());
    CHECK(relative_error(ours, exact) < 5e-7);
  });
}

TEST_CASE("kernels: a number's bits don't depend on what is computed beside it") {
  with_all_multipliers([&] {
    const auto same = [](const float* a, const float* b, int64_t count) {
      return std::memcmp(a, b, count * sizeof(float)) == 0;
    };
    const auto x = random_numbers(3 * 40 * 18 * 16, 1), w = random_numbers(50 * 40 * 9, 2);
    const Weight weight = {w.data(), DType::f32}, none = {nullptr, DType::f32};
    std::vector<float> all(70 * 40), one(40);
    kernels::linear(x.data(), 70, 450, weight, none, 40, all.data());
    kernels::linear(x.data() + 69 * 450, 1, 450, weight, none, 40, one.data());
    CHECK(same(all.data() + 69 * 40, one.data(), 40));

    for (const int64_t stride : {1, 2}) {  // by Winograd's algorithm and not
      const int64_t count = 50 * 18 / stride * 16 / stride;
      kernels::Conv2dShape shape = {3, 40, 18, 16, 50, 18 / stride, 16 / stride, 3, stride, 1, 1};
      all.resize(3 * count);
      one.resize(count);
      kernels::conv2d(x.data(), weight, none, shape, all.data());
      shape.batch = 1;
      kernels::conv2d(x.data() + 2 * 40 * 18 * 16, weight, none, shape, one.data());
      CHECK(same(all.data() + 2 * count, one.data(), count));
    }

    const auto k = random_numbers(600 * 8, 3);
    all.resize(300 * 8);
    one.resize(8);
    kernels::attention(x.data(), k.data(), k.data(), {1, 300, 600, 2, 4, false}, all.data());
    kernels::attention(x.data() + 299 * 8, k.data(), k.data(), {1, 1, 600, 2, 4, false},
                       one.data());
    CHECK(same(all.data() + 299 * 8, one.data(), 8));
  });
}

TEST_CASE("kernels: a NaN reaches all that depends on it and nothing else") {
  with_all_multipliers([&] {
    const auto count_nan = [](const std::vector<float>& x) {
      return std::count_if(x.begin(), x.end(), [](float value) { return std::isnan(value); });
    };
    const Weight none = {nullptr, DType::f32};
    auto x = random_numbers(2 * 40 * 16 * 18, 1);
    const auto w = random_numbers(50 * 40 * 9, 2);
    const Weight weight = {w.data(), DType::f32};
    x[3 * 40 + 7] = NAN;

    std::vector<float> out(100 * 50);
    kernels::linear(x.data(), 100, 40, weight, none, 50, out.data());
    CHECK(count_nan(out) == 50);
    CHECK(std::isnan(out[3 * 50]));

    // One pixel of the first image: the 9 outputs around it, or, by Winograd's algorithm, the tiles
    // of 2 x 2 outputs that look at it.
    out.assign(2 * 50 * 288, 0.0f);
    kernels::conv2d(x.data(), weight, none, {2, 40, 16, 18, 50, 16, 18, 3, 1, 1, 1}, out.data());
    CHECK(count_nan(out) >= 50 * 6);
    CHECK(count_nan(out) <= 50 * 16);
    const int64_t y = (3 * 40 + 7) / 18 % 16, column = (3 * 40 + 7) % 18;
    CHECK(std::isnan(out[y * 18 + column]));
    CHECK(std::isnan(out[(y - 1) * 18 + column + 1]));
    CHECK(count_nan({out.begin() + 50 * 288, out.end()}) == 0);

    std::vector<float> normalised(40 * 144);
    const Weight ones = weight;
    kernels::group_norm(x.data(), 1, 40, 144, 4, ones, ones, 1e-5f, normalised.data());
    CHECK(count_nan(normalised) == 10 * 144);
    kernels::layer_norm(x.data(), 144, 40, ones, ones, 1e-5f, normalised.data());
    CHECK(count_nan(normalised) == 40);

    const kernels::AttentionShape shape = {1, 300, 600, 2, 4, false};
    const auto q = random_numbers(300 * 8, 3), k = random_numbers(600 * 8, 4);
    std::vector<float> seen(300 * 8);
    auto broken = q;
    broken[20 * 8 + 1] = NAN;  // head 0 of query 20
    kernels::attention(broken.data(), k.data(), k.data(), shape, seen.data());
    CHECK(count_nan(seen) == 4);
    broken = k;
    broken[500 * 8 + 5] = NAN;  // head 1 of a key: every query looks at it
    kernels::attention(q.data(), broken.data(), k.data(), shape, seen.data());
    CHECK(count_nan(seen) == 300 * 4);
    kernels::attention(q.data(), k.data(), broken.data(), shape, seen.data());
    CHECK(count_nan(seen) == 300);
  });
}

TEST_CASE("kernels: moving and combining numbers gives the same on any number of threads") {
  const auto a = random_numbers(7 * 5 * 33 * 65, 1), b = random_numbers(7 * 5 * 33 * 65, 2);
  const int64_t dims[4] = {7, 5, 33, 65};
  const int64_t own[4] = {5 * 33 * 65, 33 * 65, 65, 1}, repeated[4] = {5, 1, 0, 0};
  const auto count = static_cast<int64_t>(a.size());
  using kernels::Binary;
  for (const Binary op : {Binary::add, Binary::subtract, Binary::multiply, Binary::divide}) {
    for (const auto& b_strides : {own, repeated}) {
      const auto out = run_on_threads(count, [&](float* target) {
        kernels::binary_broadcast(op, a.data(), own, b.data(), b_strides, dims, target);
      });
      for (int64_t i = 0; i < count; ++i) {
        const float left = a[i];
        const float right = b_strides == own ? b[i] : b[i / (33 * 65)];
        const float exact = op == Binary::add        ? left + right
                            : op == Binary::subtract ? left - right
                            : op == Binary::multiply ? left * right
                                                     : left / right;
        if (out[i] != exact) FAIL_CHECK(i << ": " << out[i] << " instead of " << exact);
      }
    }
  }
  run_on_threads(count, [&](float* out) { kernels::clamp(a.data(), -0.5f, 0.5f, count, out); });
  const int64_t turned[4] = {7, 33, 65, 5}, strides[4] = {5 * 33 * 65, 65, 1, 33 * 65};
  run_on_threads(count,
                 [&](float* out) { kernels::gather_strided(a.data(), strides, turned, out); });
  run_on_threads(
      count, [&](float* out) { kernels::copy_rows(a.data(), 35, 33 * 65, 33 * 65, out, 33 * 65); });
  run_on_threads(35 * 66 * 130, [&](float* out) {
    kernels::upsample_nearest(a.data(), 35, 33, 65, 66, 130, out);
  });
}
