#include "tensor/ops.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "tensor/random.h"

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

TEST_CASE("ops: arithmetic broadcasts axes of size 1 and refuses other differences") {
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

TEST_CASE("ops: slice is the inverse of concat along every axis") {
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

TEST_CASE("ops: linear and embedding name shapes that do not fit") {
  const Tensor x = count_up({2, 3});
  const Tensor weight = count_up({4, 2});
  const Tensor bias = count_up({3});
  const WeightView bias_view = view(bias);
  CHECK_THROWS_WITH(linear(x, view(weight), nullptr),
                    "linear expects (..., I) and a weight (O, I), got (2, 3) and (4, 2)");
  CHECK_THROWS_WITH(linear(count_up({5, 2}), view(weight), &bias_view),
                    "linear expects a bias (4,), got (3,)");
  CHECK_THROWS_WITH(embedding({{0, 4}}, view(weight)), "embedding expects ids from 0 to 3, got 4");
  CHECK_THROWS_WITH(embedding({{-1}}, view(weight)), "embedding expects ids from 0 to 3, got -1");
  CHECK_THROWS_WITH(embedding({{0, 1}, {0}}, view(weight)),
                    "embedding expects lists of one length, got 2 and 1 ids");
  CHECK_THROWS_WITH(embedding({{0}}, view(bias)), "embedding expects a table (V, C), got (3,)");
}

TEST_CASE("ops: conv2d names shapes and sizes that do not fit") {
  const Tensor x = count_up({1, 2, 8, 8});
  const Tensor kernel = count_up({4, 2, 3, 3});
  const Tensor bias = count_up({3});
  const WeightView bias_view = view(bias);
  CHECK_THROWS_WITH(
      conv2d(count_up({1, 3, 8, 8}), view(kernel), nullptr, 1, {}),
      "conv2d expects (N, C, H, W) and a weight (O, C, K, K), got (1, 3, 8, 8) and (4, 2, 3, 3)");
  CHECK_THROWS_WITH(conv2d(x, view(kernel), &bias_view, 1, {}),
                    "conv2d expects a bias (4,), got (3,)");
  CHECK_THROWS_WITH(conv2d(x, view(kernel), nullptr, 0, {}),
                    "conv2d expects a stride of at least 1, got 0");
  CHECK_THROWS_WITH(conv2d(x, view(kernel), nullptr, 1, {0, 1, -1, 0}),
                    "conv2d expects no negative padding, got 0, 1, -1, 0");
  CHECK_THROWS_WITH(
      conv2d(count_up({1, 2, 2, 8}), view(kernel), nullptr, 1, {}),
      "conv2d: an image of 2 x 8 with its padding is smaller than the kernel of 3 x 3");
}

TEST_CASE("ops: attention and norms name shapes that do not fit") {
  const Tensor q = count_up({1, 2, 6});
  CHECK_THROWS_WITH(scaled_dot_product_attention(q, q, q, 4),
                    "scaled_dot_product_attention expects q (N, T, heads D), k and v (N, S, heads "
                    "D) with 4 heads, got (1, 2, 6), (1, 2, 6) and (1, 2, 6)");
  CHECK_THROWS(scaled_dot_product_attention(q, q, count_up({1, 3, 6}), 2));
  CHECK_THROWS(scaled_dot_product_attention(q, q, q, 0));
  const Tensor none = Tensor::zeros({1, 0, 6});
  CHECK_THROWS_WITH(scaled_dot_product_attention(q, none, none, 2),
                    "scaled_dot_product_attention expects at least one key, got (1, 0, 6)");
  const Tensor gain = count_up({3});
  CHECK_THROWS_WITH(group_norm(count_up({1, 4, 2}), 2, view(gain), view(gain), 1e-5f),
                    "group_norm expects weight and bias (4,), got (3,) and (3,)");
  CHECK_THROWS_WITH(group_norm(count_up({1, 3, 2}), 2, view(gain), view(gain), 1e-5f),
                    "group_norm expects (N, C, ...) with C in 2 equal groups, got (1, 3, 2)");
  CHECK_THROWS_WITH(layer_norm(count_up({1, 4}), view(gain), view(gain), 1e-5f),
                    "layer_norm expects weight and bias (4,), got (3,) and (3,)");
}

TEST_CASE("ops: small layers equal a calculation by hand") {
  const Tensor x = Tensor::from({1, 1, 2, 2}, {1, 2, 3, 4});
  const Tensor w = Tensor::from({1, 1, 2, 2}, {1, 10, 100, 1000});
  const Tensor bias = Tensor::from({1}, {0.5f});
  const WeightView bias_view = view(bias);
  CHECK(numbers(conv2d(x, view(w), &bias_view, 1, {0, 1, 0, 1})) ==
        std::vector<float>{4321.5f, 402.5f, 43.5f, 4.5f});
  CHECK(numbers(conv2d(x, view(w), nullptr, 2, {1, 0, 1, 0})) == std::vector<float>{1000});
  CHECK(numbers(linear(Tensor::from({1, 2}, {2, 3}), view(Tensor::from({2, 2}, {1, 0, 1, 1})),
                       nullptr)) == std::vector<float>{2, 5});
  CHECK(numbers(embedding({{1, 0}}, view(Tensor::from({2, 2}, {1, 2, 3, 4})))) ==
        std::vector<float>{3, 4, 1, 2});
  CHECK(numbers(conv2d(Tensor::zeros({1, 1, 0, 1}), view(Tensor::from({1, 1, 1, 1}, {2})),
                       &bias_view, 1, {1, 0, 0, 0})) == std::vector<float>{0.5f});
  CHECK(linear(Tensor::zeros({0, 2}), view(Tensor::zeros({3, 2})), nullptr).shape() == Shape{0, 3});
  CHECK(conv2d(Tensor::zeros({0, 1, 3, 3}), view(w), nullptr, 1, {}).shape() == Shape{0, 1, 2, 2});
}

TEST_CASE("ops: conv2d with an upsample factor equals upsampling first") {
  for (const int64_t channels : {3, 40}) {  // by the plain product and by Winograd's algorithm
    const Tensor x = tensor::Generator(1).randn({2, channels, 5, 9});
    const Tensor w = tensor::Generator(2).randn({4, channels, 3, 3});
    const auto padding = tensor::Padding::all(1);
    CHECK(numbers(conv2d(x, view(w), nullptr, 1, padding, 2)) ==
          numbers(conv2d(upsample_nearest(x, 10, 18), view(w), nullptr, 1, padding)));
  }
  CHECK_THROWS_WITH(conv2d(count_up({1, 1, 2, 2}), view(count_up({1, 1, 1, 1})), nullptr, 1, {}, 0),
                    "conv2d expects an upsample factor of at least 1, got 0");
}

TEST_CASE("ops: the storage of a temporary is reused and no other tensor changes") {
  const Tensor x = tensor::Generator(1).randn({1, 4, 3});
  const std::vector<float> before = numbers(x);
  const Tensor gains = Tensor::from({4}, {1, 2, 3, 4});
  const Tensor line = Tensor::from({3}, {1, 2, 3});
  const std::vector<Tensor (*)(Tensor)> ops = {
      tensor::silu,
      tensor::gelu,
      tensor::quick_gelu,
      tensor::relu,
      tensor::tanh,
      tensor::exp,
      [](Tensor y) { return clamp(std::move(y), -0.5f, 0.5f); }};
  for (const auto op : ops) {
    const Tensor apart = op(x);
    CHECK(apart.data() != x.data());
    Tensor copy = x + 0.0f;
    const float* place = copy.data();
    const Tensor in_place = op(std::move(copy));
    CHECK(in_place.data() == place);
    CHECK(numbers(in_place) == numbers(apart));
  }
  const Tensor apart = group_norm(x, 2, view(gains), view(gains), 1e-5f);
  CHECK(numbers(group_norm(x + 0.0f, 2, view(gains), view(gains), 1e-5f)) == numbers(apart));
  const Tensor normed = layer_norm(x, view(line), view(line), 1e-5f);
  CHECK(numbers(layer_norm(x + 0.0f, view(line), view(line), 1e-5f)) == numbers(normed));
  CHECK(numbers(x) == before);
}

TEST_CASE("ops: geglu is the first half times gelu of the second") {
  const Tensor x = tensor::Generator(1).randn({2, 3, 10});
  const auto [value, gate] = split_half(x, -1);
  CHECK(numbers(geglu(x)) == numbers(value * gelu(gate)));
  CHECK(geglu(Tensor::zeros({2, 0})).shape() == Shape{2, 0});
  CHECK_THROWS_WITH(geglu(count_up({2, 3})), "geglu expects an even last axis, got (2, 3)");
}

TEST_CASE("ops: statistics and layout refuse arguments without a result") {
  CHECK_THROWS_WITH(mean(Tensor::zeros({0})), "mean expects at least one element, got (0,)");
  CHECK_THROWS_WITH(std_per_sample(Tensor::zeros({2, 1})),
                    "std_per_sample expects at least two elements a sample, got (2, 1)");
  CHECK_THROWS_WITH(clamp(Tensor::zeros({1}), 1.0f, 0.0f),
                    "clamp expects low <= high, got 1 and 0");
  CHECK_THROWS_WITH(concat(std::vector<Tensor>{}, 0), "concat expects at least one tensor");
  CHECK_THROWS_WITH(concat(count_up({2}), count_up({2}), 1),
                    "concat: axis 1 is outside of shape (2,)");
  CHECK_THROWS_WITH(split_half(count_up({3}), 0), "split_half expects an even axis 0, got (3,)");
  CHECK_THROWS_WITH(upsample_nearest(count_up({1, 1, 2, 2}), 0, 4),
                    "upsample_nearest from (1, 1, 2, 2) to 0 x 4 pixels");
}

TEST_CASE("ops: statistics are those of each sample alone") {
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
