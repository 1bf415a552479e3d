#include "tensor/tensor.h"

#include <doctest/doctest.h>

#include <cstring>
#include <stdexcept>
#include <vector>

using tensor::DType;
using tensor::Shape;
using tensor::Tensor;
using tensor::WeightView;

TEST_CASE("tensor: a shape has axes from either end and a number of elements") {
  const Shape shape{2, 77, 2048};
  CHECK(shape.rank() == 3);
  CHECK(shape.dim(0) == 2);
  CHECK(shape.dim(-1) == 2048);
  CHECK(shape.size() == 2 * 77 * 2048);
  CHECK(shape.str() == "(2, 77, 2048)");
  CHECK(Shape{5}.str() == "(5,)");
  CHECK(Shape{}.str() == "()");
  CHECK(Shape{}.size() == 1);
  CHECK(Shape{3, 0}.size() == 0);
  CHECK(std::vector<int64_t>(shape.begin(), shape.end()) == std::vector<int64_t>{2, 77, 2048});
  CHECK(Shape{1, 2} != Shape{1, 2, 1});
}

TEST_CASE("tensor: impossible shapes and axes are refused") {
  CHECK_THROWS_WITH_AS(Shape({1, 1, 1, 1, 1}), "Shape holds up to 4 axes, got 5",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(Shape({2, -1}), "Shape expects sizes of 0 or more, got -1",
                       std::invalid_argument);
  const int64_t large = int64_t{1} << 33;
  CHECK_THROWS_WITH_AS(Shape({large, large}),
                       "(8589934592, 8589934592) has more than 2^63 elements",
                       std::invalid_argument);
  CHECK_THROWS_AS(Shape({INT64_MAX, 4, 0}), std::invalid_argument);
  CHECK_THROWS_WITH_AS(Shape({2, 3}).dim(2), "axis 2 is outside of shape (2, 3)",
                       std::invalid_argument);
  CHECK_THROWS_AS(Shape({2, 3}).dim(-3), std::invalid_argument);
}

TEST_CASE("tensor: elements are stored row by row") {
  const Tensor x = Tensor::from({2, 3}, {0, 1, 2, 3, 4, 5});
  CHECK(x.at({1, 2}) == 5);
  CHECK(x.data()[1 * 3 + 2] == 5);
  CHECK(Tensor::zeros({2, 2}).at({1, 1}) == 0);
  CHECK(Tensor::full({2}, 7).at({1}) == 7);
  CHECK(Tensor::full({}, 7).at({}) == 7);
  const auto [rows, columns] = x.dims<2>();
  CHECK(rows == 2);
  CHECK(columns == 3);
}

TEST_CASE("tensor: wrong counts, ranks and indices are refused") {
  CHECK_THROWS_WITH_AS(Tensor::from({2, 3}, {1, 2}),
                       "Tensor::from expects 6 values for shape (2, 3), got 2",
                       std::invalid_argument);
  const Tensor x = Tensor::zeros({2, 3});
  CHECK_THROWS_WITH_AS(x.dims<4>(), "expected a tensor of 4 dimensions, got (2, 3)",
                       std::invalid_argument);
  CHECK_THROWS_WITH_AS(x.at({0}), "at expects 2 indices, got 1", std::invalid_argument);
  CHECK_THROWS_WITH_AS(x.at({0, 3}), "at: index 3 is outside of axis 1 of (2, 3)",
                       std::invalid_argument);
  CHECK_THROWS_AS(x.at({-1, 0}), std::invalid_argument);
  CHECK_THROWS_AS(x.reshape({7}), std::invalid_argument);
}

TEST_CASE("tensor: copies and reshapes share storage, and shared storage cannot be written") {
  Tensor x = Tensor::from({2, 3}, {0, 1, 2, 3, 4, 5});
  x.mutable_data()[0] = 9;
  {
    const Tensor copy = x;
    const Tensor column = x.reshape({6, 1});
    CHECK(copy.data() == x.data());
    CHECK(column.data() == x.data());
    CHECK(column.at({5, 0}) == 5);
    CHECK_THROWS_AS(x.mutable_data(), std::logic_error);
  }
  x.mutable_data()[0] = 8;
  CHECK(x.at({0, 0}) == 8);
}

TEST_CASE("tensor: the empty tensor has no elements") {
  const Tensor none;
  CHECK(none.empty());
  CHECK(none.size() == 0);
  CHECK_FALSE(Tensor::zeros({0}).empty());
  CHECK_THROWS_AS(none.at({0}), std::invalid_argument);
}

TEST_CASE("tensor: weights are converted to float32 exactly from any address") {
  std::vector<char> bytes(1 + 3 * 2);  // an odd address
  const uint16_t halves[] = {0x3c00, 0x0001, 0xfbff};
  std::memcpy(bytes.data() + 1, halves, sizeof halves);
  const Tensor x = Tensor::from(WeightView{bytes.data() + 1, DType::f16, {3}});
  CHECK(x.at({0}) == 1.0f);
  CHECK(x.at({1}) == 0x1p-24f);
  CHECK(x.at({2}) == -65504.0f);
  const Tensor y = Tensor::from(WeightView{bytes.data() + 1, DType::bf16, {3}});
  CHECK(y.at({0}) == 0x1p-7f);
}
