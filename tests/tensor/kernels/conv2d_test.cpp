#include "tests/tensor/kernels/kernel_cases.h"

namespace kernels = tensor::kernels;
using namespace support;

TEST_CASE("kernels: conv2d agrees with the textbook loops") {
  struct Case {
    int64_t batch, channels, height, width, outputs, kernel, stride, top, bottom, left, right;
    int64_t upsample = 1;
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
      // By Winograd's algorithm, on AMX from 256 outputs on: odd sizes, every padding, tasks and
      // chunks that don't come out even.
      {2, 32, 8, 9, 3, 3, 1, 1, 1, 1, 1},
      {1, 40, 11, 12, 5, 3, 1, 0, 0, 0, 0},
      {2, 40, 19, 18, 5, 3, 1, 0, 0, 0, 0},
      {1, 33, 17, 19, 4, 3, 1, 0, 1, 0, 1},
      {1, 33, 10, 9, 4, 3, 1, 0, 1, 0, 1},
      {1, 65, 9, 8, 7, 3, 1, 1, 0, 2, 0},
      {1, 32, 1, 300, 3, 3, 1, 1, 1, 1, 1},
      {2, 129, 3, 600, 41, 3, 1, 1, 1, 1, 1},
      {1, 2, 20, 21, 3, 19, 1, 9, 9, 9, 9},  // more inputs of one channel than a chunk has
      // Of an upsampled image: by Winograd's algorithm, and by the plain product.
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
        (c.height * c.upsample + c.top + c.bottom - c.kernel) / c.stride + 1,
        (c.width * c.upsample + c.left + c.right - c.kernel) / c.stride + 1,
        c.kernel,
        c.stride,
        c.top,
        c.left,
        c.upsample};
    const int64_t count = c.batch * c.outputs * shape.out_height * shape.out_width;
    const double multiply_adds = 1.0 * count * c.channels * c.kernel * c.kernel;
    for (const DType dtype : dtypes) {
      if (multiply_adds > 3e7 && dtype != DType::f16) continue;  // the textbook takes seconds there
      CAPTURE(c.channels);
      CAPTURE(c.stride);
      CAPTURE(tensor::name_of(dtype));
      const auto x = random_values(c.batch * c.channels * c.height * c.width, 1);
      const StoredWeight w =
          store(random_values(c.outputs * c.channels * c.kernel * c.kernel, 2), dtype);
      const StoredWeight b = store(random_values(c.outputs, 3), dtype);
      std::vector<float> exact(count);
      kernels::textbook::conv2d(x.data(), w.view(), b.view(), shape, exact.data());
      with_fast_and_eigen([&] {
        const auto ours = run_on_threads(
            count, [&](float* out) { kernels::conv2d(x.data(), w.view(), b.view(), shape, out); });
        CHECK(relative_error(ours, exact) < 1e-6);
      });
    }
  }
}

TEST_CASE("kernels: Winograd's 3 x 3 convolution is as exact as the plain sum") {
  const kernels::Conv2dShape shape = {1, 640, 16, 16, 8, 16, 16, 3, 1, 1, 1};
  auto x = random_values(640 * 16 * 16, 1);
  for (float& value : x) value += 3.0f;  // a mean that the differences of neighbours cancel
  const StoredWeight w = store(random_values(8 * 640 * 9, 2), DType::f32);
  std::vector<float> exact(8 * 256), ours(8 * 256);
  kernels::textbook::conv2d(x.data(), w.view(), {nullptr, DType::f32}, shape, exact.data());
  with_fast_backend([&] {
    kernels::conv2d(x.data(), w.view(), {nullptr, DType::f32}, shape, ours.data());
    CHECK(relative_error(ours, exact) < 5e-7);
  });
}
