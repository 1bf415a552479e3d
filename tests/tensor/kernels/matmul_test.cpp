#include "tensor/ops.h"
#include "tests/tensor/kernels/kernel_cases.h"

namespace kernels = tensor::kernels;
using namespace support;
using tensor::Tensor;

TEST_CASE("kernels: matmul agrees with the textbook loops") {
  const kernels::MatmulShape shapes[] = {{1, 1, 1, 1},    {2, 3, 17, 5}, {1, 130, 65, 33},
                                         {3, 64, 300, 1}, {1, 1, 50, 7}, {2, 0, 3, 4},
                                         {0, 3, 4, 5},    {1, 3, 0, 4},  {1, 300, 200, 257}};
  for (const kernels::MatmulShape& s : shapes) {
    CAPTURE(s.n);
    const auto a = random_values(s.batch * s.n * s.k, 1), b = random_values(s.batch * s.k * s.m, 2);
    std::vector<float> exact(s.batch * s.n * s.m);
    kernels::textbook::matmul(a.data(), b.data(), s, exact.data());
    const auto ours = run_on_threads(
        s.batch * s.n * s.m, [&](float* out) { kernels::matmul(a.data(), b.data(), s, out); });
    CHECK(relative_error(ours, exact) < 1e-6);
  }
}

TEST_CASE("ops: matmul multiplies the last two axes and shows all shapes where they do not fit") {
  tensor::Generator generator(1);
  const Tensor a = generator.randn({2, 3, 4, 5}), b = generator.randn({2, 3, 5, 6});
  const Tensor out = matmul(a, b);
  REQUIRE(out.shape() == tensor::Shape{2, 3, 4, 6});
  float sum = 0.0f;
  for (int64_t l = 0; l < 5; ++l) sum += a.at({1, 2, 3, l}) * b.at({1, 2, l, 4});
  CHECK(out.at({1, 2, 3, 4}) == doctest::Approx(sum));
  const std::string expected =
      "matmul expects (..., n, k) and (..., k, m) with equal leading axes, ";
  CHECK_THROWS_WITH(matmul(a, generator.randn({2, 3, 4, 6})),
                    (expected + "got (2, 3, 4, 5) and (2, 3, 4, 6)").c_str());
  CHECK_THROWS_WITH(matmul(a, generator.randn({5, 6})),
                    (expected + "got (2, 3, 4, 5) and (5, 6)").c_str());
  CHECK_THROWS_WITH(matmul(generator.randn({3, 4, 5}), generator.randn({2, 5, 6})),
                    (expected + "got (3, 4, 5) and (2, 5, 6)").c_str());
  CHECK_THROWS_WITH(matmul(generator.randn({5}), generator.randn({5})),
                    (expected + "got (5,) and (5,)").c_str());
}
