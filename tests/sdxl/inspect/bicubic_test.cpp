#include "sdxl/inspect/bicubic.h"

#include <doctest/doctest.h>

#include "tensor/ops.h"
#include "tensor/random.h"

using sdxl::resize_bicubic;
using tensor::Tensor;

TEST_CASE("inspect: bicubic enlarging keeps the mean and sums of 1") {
  tensor::Generator generator(5);
  const Tensor map = generator.randn({2, 3, 5});
  const Tensor large = resize_bicubic(map, 12, 15);
  CHECK(large.shape() == tensor::Shape{2, 12, 15});
  for (int64_t i = 0; i < 2; ++i) {
    CHECK(mean(slice(large, 0, i, i + 1)) ==
          doctest::Approx(mean(slice(map, 0, i, i + 1))).epsilon(1e-5));
  }
  const Tensor sum =
      resize_bicubic(map, 7, 11) + resize_bicubic(Tensor::full({2, 3, 5}, 1) - map, 7, 11);
  for (int64_t i = 0; i < sum.size(); ++i) {
    CHECK(sum.data()[i] == doctest::Approx(1.0).epsilon(1e-5));
  }
  const Tensor same = resize_bicubic(map, 3, 5);
  CHECK(std::equal(same.data(), same.data() + same.size(), map.data()));
  CHECK(resize_bicubic(Tensor::full({1, 1}, 3), 4, 4).at({3, 0}) == 3.0f);
  CHECK_THROWS_WITH(resize_bicubic(map, 0, 5),
                    "resize_bicubic expects (..., h, w) and at least 1 x 1 places, got (2, 3, 5) "
                    "and 0 x 5");
}

TEST_CASE("inspect: bicubic enlarging equals torch's away from the edges") {
  // interpolate(x, size=(1, 24), mode="bicubic") of the squares 0, 1, 4 ... 121, at 8 to 15
  const Tensor squares = Tensor::from({1, 12}, {0, 1, 4, 9, 16, 25, 36, 49, 64, 81, 100, 121});
  const Tensor large = resize_bicubic(squares, 1, 24);
  const float torch[] = {13.640625f, 18.390625f, 22.046875f, 27.984375f,
                         32.453125f, 39.578125f, 44.859375f, 53.171875f};
  for (int64_t i = 0; i < 8; ++i) CHECK(large.at({0, 8 + i}) == doctest::Approx(torch[i]));
}
