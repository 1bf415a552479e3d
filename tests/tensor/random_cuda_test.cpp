#include "tensor/random_cuda.h"

#include <doctest/doctest.h>

#include <array>

using tensor::CudaGenerator;
using tensor::Tensor;

TEST_CASE("random_cuda: philox gives the published vectors of Random123") {
  using Words = std::array<uint32_t, 4>;
  CHECK(tensor::philox4x32({0, 0, 0, 0}, {0, 0}) ==
        Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  const uint32_t ones = 0xffffffff;
  CHECK(tensor::philox4x32({ones, ones, ones, ones}, {ones, ones}) ==
        Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
}

TEST_CASE("random_cuda: the first draws of two seeds are those of torch on CUDA") {
  const auto check = [](CudaGenerator& generator, const std::array<float, 8>& expected) {
    const Tensor x = generator.randn({2, 4});
    for (int i = 0; i < 8; ++i) {
      CHECK(x.data()[i] == doctest::Approx(expected[i]).epsilon(2e-6));
    }
  };
  CudaGenerator zero(0);
  check(zero, {-0.9246624f, -0.4253439f, -2.6438458f, 0.1451839f, -0.1208666f, -0.5797257f,
               -0.6228516f, -0.3283871f});
  CHECK(zero.randn({1}).data()[0] == doctest::Approx(0.1808258f).epsilon(2e-6));
  CudaGenerator fortytwo(42);
  check(fortytwo, {0.1940189f, 2.1613741f, -0.1720506f, 0.8490601f, -1.9243991f, 0.6529855f,
                   -0.6494411f, -0.8175247f});
}

TEST_CASE("random_cuda: in a grid smaller than the tensor a thread draws up to four values") {
  CudaGenerator wide(7), narrow(7, 256);
  const Tensor a = wide.randn({256});
  const Tensor b = narrow.randn({2000});  // two rounds of 256 threads with four numbers each
  for (int i = 0; i < 256; ++i) {
    CHECK(a.data()[i] == b.data()[i]);
  }
  // Both rounds count as draws: the next tensor starts from the third.
  CudaGenerator third(7);
  third.randn({1});
  third.randn({1});
  CHECK(third.randn({16}).data()[5] == narrow.randn({16}).data()[5]);
}
