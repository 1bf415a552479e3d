#include <algorithm>
#include <utility>

#include "tests/tensor/kernels/kernel_cases.h"

namespace kernels = tensor::kernels;
using namespace support;

namespace {

struct LinearSizes {
  int64_t rows, inputs, outputs;
};

/// How far a linear layer is from the textbook's, with its weight in each dtype and with a bias and
/// without: the least and the greatest relative error.
std::pair<double, double> errors_of_linear(const LinearSizes& size) {
  const int64_t rows = size.rows, inputs = size.inputs, outputs = size.outputs;
  double least = std::numeric_limits<double>::infinity(), greatest = 0.0;
  for (const DType dtype : dtypes) {
    const std::vector<float> x = random_values(rows * inputs, 1);
    const StoredWeight w = store(random_values(outputs * inputs, 2), dtype);
    const StoredWeight b = store(random_values(outputs, 3), dtype);
    for (const Weight& bias : {b.view(), no_bias}) {
      std::vector<float> exact(rows * outputs);
      kernels::textbook::linear(x.data(), rows, inputs, w.view(), bias, outputs, exact.data());
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
  with_fast_and_eigen([&] {
    for (const LinearSizes& size : sizes) {
      CAPTURE(size.rows);
      CHECK(errors_of_linear(size).second < 1e-6);
    }
  });
}

TEST_CASE("kernels: linear in bfloat16 has the error of rounding to bfloat16") {
  if (!tensor::set_bfloat16(true)) {
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
  tensor::set_bfloat16(false);
}
