#include <algorithm>

#include "tests/tensor/kernels/kernel_cases.h"

namespace kernels = tensor::kernels;
using namespace support;

TEST_CASE("kernels: an element's bits don't depend on the other elements") {
  with_fast_backend([&] {
    const auto same = [](const float* a, const float* b, int64_t count) {
      return std::memcmp(a, b, count * sizeof(float)) == 0;
    };
    const auto x = random_values(3 * 40 * 18 * 16, 1), w = random_values(50 * 40 * 9, 2);
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

    const auto k = random_values(600 * 8, 3);
    all.resize(300 * 8);
    one.resize(8);
    kernels::attention(x.data(), k.data(), k.data(), {1, 300, 600, 2, 4, false}, all.data());
    kernels::attention(x.data() + 299 * 8, k.data(), k.data(), {1, 1, 600, 2, 4, false},
                       one.data());
    CHECK(same(all.data() + 299 * 8, one.data(), 8));
  });
}

TEST_CASE("kernels: a NaN reaches the elements that depend on it and no others") {
  with_fast_and_eigen([&] {
    const auto count_nan = [](const std::vector<float>& x) {
      return std::count_if(x.begin(), x.end(), [](float value) { return std::isnan(value); });
    };
    const Weight none = {nullptr, DType::f32};
    auto x = random_values(2 * 40 * 16 * 18, 1);
    const auto w = random_values(50 * 40 * 9, 2);
    const Weight weight = {w.data(), DType::f32};
    x[3 * 40 + 7] = NAN;

    std::vector<float> out(100 * 50);
    kernels::linear(x.data(), 100, 40, weight, none, 50, out.data());
    CHECK(count_nan(out) == 50);
    CHECK(std::isnan(out[3 * 50]));

    // One pixel of the first image: the 9 outputs around it, or, by Winograd's algorithm, the tiles
    // of 2 x 2 outputs that read it.
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
    const auto q = random_values(300 * 8, 3), k = random_values(600 * 8, 4);
    std::vector<float> seen(300 * 8);
    auto broken = q;
    broken[20 * 8 + 1] = NAN;  // head 0 of query 20
    kernels::attention(broken.data(), k.data(), k.data(), shape, seen.data());
    CHECK(count_nan(seen) == 4);
    broken = k;
    broken[500 * 8 + 5] = NAN;  // head 1 of a key: every query attends to it
    kernels::attention(q.data(), broken.data(), k.data(), shape, seen.data());
    CHECK(count_nan(seen) == 300 * 4);
    kernels::attention(q.data(), k.data(), broken.data(), shape, seen.data());
    CHECK(count_nan(seen) == 300);
  });
}

TEST_CASE("kernels: every backend computes small cases with known results") {
  const auto check = [](tensor::Backend backend) {
    if (backend == tensor::Backend::eigen && !kernels::has_eigen()) return;
    const tensor::BackendScope scope(backend);
    CAPTURE(tensor::name_of(backend));
    const float x[] = {1, 2, 3, 4}, w[] = {1, 10, 100, 1000}, b[] = {5, 7};
    const Weight weight = {w, DType::f32}, bias = {b, DType::f32};
    float out[4];
    kernels::linear(x, 2, 2, weight, bias, 2, out);  // rows (1, 2), (3, 4)
    CHECK(std::vector<float>(out, out + 4) == std::vector<float>{26, 2107, 48, 4307});
    kernels::matmul(x, w, {1, 2, 2, 2}, out);
    CHECK(std::vector<float>(out, out + 4) == std::vector<float>{201, 2010, 403, 4030});
    // One 2 x 2 image, padded by zeros above and on the left.
    kernels::conv2d(x, weight, {b, DType::f32}, {1, 1, 2, 2, 1, 2, 2, 2, 1, 1, 1}, out);
    CHECK(std::vector<float>(out, out + 4) == std::vector<float>{1005, 2105, 3015, 4326});
    // Keys whose scores differ by ln 3, so that the weights are 1/4 and 3/4.
    const float q[] = {1}, k[] = {0, std::log(3.0f)}, v[] = {4, 8};
    kernels::attention(q, k, v, {1, 1, 2, 1, 1, false}, out);
    CHECK(out[0] == doctest::Approx(7));
    kernels::attention(q, k, v, {1, 1, 2, 1, 1, true}, out);
    CHECK(out[0] == doctest::Approx(4));
  };
  check(tensor::Backend::textbook);
  check(tensor::Backend::eigen);
  check(tensor::Backend::fast);
}
