#include "tensor/ops.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

using tensor::Shape;
using tensor::Tensor;
using tensor::WeightView;

namespace {

/// 0, 1, 2 ... in a shape.
Tensor count_up(const Shape& shape) {
  std::vector<float> values(shape.size());
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  return Tensor::from(shape, values);
}

std::vector<float> numbers(const Tensor& x) { return {x.data(), x.data() + x.size()}; }

WeightView view(const Tensor& x) { return {x.data(), tensor::DType::f32, x.shape()}; }

}  // namespace

TEST_CASE("ops: arithmetic repeats axes of size 1 and refuses other differences") {
  const Tensor a = count_up({2, 3});
  CHECK(numbers(a + a) == std::vector<float>{0, 2, 4, 6, 8, 10});
  CHECK(numbers(a * Tensor::from({1, 3}, {1, 10, 100})) ==
        std::vector<float>{0, 10, 200, 3, 40, 500});
  CHECK(numbers(a - Tensor::from({2, 1}, {1, 2})) == std::vector<float>{-1, 0, 1, 1, 2, 3});
  CHECK(numbers(Tensor::from({2, 1}, {1, 2}) + Tensor::from({1, 2}, {10, 20})) ==
        std::vector<float>{11, 21, 12, 22});
  CHECK(numbers(2.0f * a) == std::vector<float>{0, 2, 4, 6, 8, 10});
  CHECK(numbers((a - 1.0f) / 2.0f) == std::vector<float>{-0.5, 0, 0.5, 1, 1.5, 2});
  const Tensor image = count_up({2, 3, 2, 2}) + Tensor::from({2, 3, 1, 1}, {0, 10, 20, 30, 40, 50});
  CHECK(image.at({1, 2, 0, 1}) == 21 + 50);
  CHECK_THROWS_WITH(
      a + count_up({3, 2}),
      "operands of shapes (2, 3) and (3, 2) do not fit: expected the same rank, and each "
      "axis equal or 1");
  CHECK_THROWS(a + count_up({3}));
}

TEST_CASE("ops: permute moves every axis to every place") {
  const Tensor x = count_up({2, 3, 4, 5});
  std::vector<int> order = {0, 1, 2, 3};
  do {
    const Tensor y = permute(x, order);
    for (int64_t i = 0; i < 2; ++i) {
      for (int64_t j = 0; j < 3; ++j) {
        for (int64_t k = 0; k < 4; ++k) {
          const int64_t from[4] = {i, j, k, 4};
          const float expected = x.at({i, j, k, 4});
          CHECK(y.at({from[order[0]], from[order[1]], from[order[2]], from[order[3]]}) == expected);
        }
      }
    }
  } while (std::next_permutation(order.begin(), order.end()));
  CHECK(permute(count_up({40, 70}), {1, 0}).at({69, 39}) == 39 * 70 + 69);
  CHECK(permute(count_up({2, 40, 70}), {0, 2, 1}).at({1, 69, 39}) == 40 * 70 + 39 * 70 + 69);
  CHECK_THROWS_WITH(permute(x, {0, 1, 2, 2}),
                    "permute expects each of the 4 axes of (2, 3, 4, 5) once");
}

TEST_CASE("ops: concat and slice undo each other along every axis") {
  const Tensor x = count_up({2, 4, 6});
  for (int axis = -3; axis < 3; ++axis) {
    const auto [a, b] = split_half(x, axis);
    CHECK(numbers(concat(a, b, axis)) == numbers(x));
  }
  CHECK(numbers(slice(x, 1, 3, 4)) ==
        std::vector<float>{18, 19, 20, 21, 22, 23, 42, 43, 44, 45, 46, 47});
  CHECK(concat(x, slice(x, 2, 0, 1), 2).shape() == Shape{2, 4, 7});
  CHECK_THROWS_WITH(concat(x, count_up({2, 4, 5}), 1),
                    "concat along axis 1: shapes (2, 4, 6) and (2, 4, 5) differ elsewhere");
  CHECK_THROWS_WITH(slice(x, 1, 2, 5), "slice 2..5 is outside of axis 1 of (2, 4, 6)");
  CHECK_THROWS(split_half(count_up({3}), 0));
}

TEST_CASE("ops: upsample_nearest doubles, and reaches odd sizes") {
  const Tensor x = count_up({1, 1, 2, 3});
  CHECK(numbers(upsample_nearest(x, 4, 6)) ==
        std::vector<float>{0, 0, 1, 1, 2, 2, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 3, 3, 4, 4, 5, 5});
  CHECK(numbers(upsample_nearest(x, 3, 5)) ==
        std::vector<float>{0, 0, 1, 1, 2, 0, 0, 1, 1, 2, 3, 3, 4, 4, 5});
  CHECK_THROWS(upsample_nearest(count_up({2, 3}), 4, 6));
}

TEST_CASE("ops: shapes that do not fit are named") {
  const Tensor x = count_up({2, 3});
  const Tensor weight = count_up({4, 2});
  CHECK_THROWS_WITH(linear(x, view(weight), nullptr),
                    "linear expects (..., I) and a weight (O, I), got (2, 3) and (4, 2)");
  const Tensor kernel = count_up({4, 2, 3, 3});
  CHECK_THROWS_WITH(
      conv2d(count_up({1, 3, 8, 8}), view(kernel), nullptr, 1, {}),
      "conv2d expects (N, C, H, W) and a weight (O, C, K, K), got (1, 3, 8, 8) and (4, 2, 3, 3)");
  CHECK_THROWS(conv2d(count_up({1, 2, 2, 8}), view(kernel), nullptr, 1, {}));
  CHECK_THROWS_WITH(embedding({{0, 4}}, view(weight)), "embedding expects ids from 0 to 3, got 4");
  CHECK_THROWS(embedding({{0, 1}, {0}}, view(weight)));
  const Tensor q = count_up({1, 2, 6});
  CHECK_THROWS(scaled_dot_product_attention(q, q, q, 4));
  CHECK_THROWS(scaled_dot_product_attention(q, q, count_up({1, 3, 6}), 2));
  const Tensor gain = count_up({3});
  CHECK_THROWS(group_norm(count_up({1, 4, 2}), 2, view(gain), view(gain), 1e-5f));
  CHECK_THROWS(layer_norm(count_up({1, 4}), view(gain), view(gain), 1e-5f));
}

TEST_CASE("ops: statistics count each sample by itself") {
  const Tensor x = Tensor::from({2, 2, 2}, {1, 2, 3, 4, 10, 10, 10, 14});
  CHECK(mean(x) == doctest::Approx(6.75));
  const Tensor deviation = std_per_sample(x);
  CHECK(deviation.shape() == Shape{2, 1, 1});
  CHECK(deviation.at({0, 0, 0}) == doctest::Approx(1.2909944));
  CHECK(deviation.at({1, 0, 0}) == doctest::Approx(2.0));
  CHECK_FALSE(has_non_finite(x));
  CHECK(has_non_finite(x / 0.0f));
}

TEST_CASE("ops: clamp limits and keeps NaN") {
  const Tensor x = clamp(Tensor::from({4}, {-2, 0.5, 3, NAN}), -1.0f, 1.0f);
  CHECK(x.at({0}) == -1.0f);
  CHECK(x.at({1}) == 0.5f);
  CHECK(x.at({2}) == 1.0f);
  CHECK(std::isnan(x.at({3})));
}
