#include "tests/tensor/kernels/kernel_cases.h"

namespace kernels = tensor::kernels;
using namespace support;

TEST_CASE("kernels: norms agree with the textbook loops also where the variance is small") {
  for (const double scale : {1.0, 0.01}) {
    for (const DType dtype : dtypes) {
      auto x = random_values(2 * 12 * 35, 1, scale);
      for (float& value : x) value += 3.0f;  // a mean far larger than the deviation
      const StoredWeight weight = store(random_values(35 * 12, 2), dtype);
      const StoredWeight bias = store(random_values(35 * 12, 3), dtype);
      std::vector<float> exact(x.size());
      kernels::textbook::group_norm(x.data(), 2, 12, 35, 3, weight.view(), bias.view(), 1e-6f,
                                    exact.data());
      auto ours = run_on_threads(static_cast<int64_t>(x.size()), [&](float* out) {
        kernels::group_norm(x.data(), 2, 12, 35, 3, weight.view(), bias.view(), 1e-6f, out);
      });
      CHECK(relative_error(ours, exact) < 1e-5);
      kernels::textbook::layer_norm(x.data(), 24, 35, weight.view(), bias.view(), 1e-5f,
                                    exact.data());
      ours = run_on_threads(static_cast<int64_t>(x.size()), [&](float* out) {
        kernels::layer_norm(x.data(), 24, 35, weight.view(), bias.view(), 1e-5f, out);
      });
      CHECK(relative_error(ours, exact) < 1e-5);
    }
  }
}
