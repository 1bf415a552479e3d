#include "tests/tensor/kernels/kernel_cases.h"

namespace kernels = tensor::kernels;
using namespace support;

TEST_CASE("kernels: activations are within a few units in the last place of the exact ones") {
  std::vector<float> x;
  for (double value = -110.0; value < 95.0; value += 0.00137)
    x.push_back(static_cast<float>(value));
  const auto count = static_cast<int64_t>(x.size());
  std::vector<float> exact(count), ours(count);
  for (const auto op : {kernels::Unary::silu, kernels::Unary::gelu, kernels::Unary::quick_gelu,
                        kernels::Unary::sqrt, kernels::Unary::tanh}) {
    kernels::textbook::unary(op, x.data(), count, exact.data());
    ours = run_on_threads(count, [&](float* out) { kernels::unary(op, x.data(), count, out); });
    for (int64_t i = 0; i < count; ++i) {
      const double limit = 4.4e-7 + 3e-7 * std::abs(exact[i]);  // torch's own gelu is 3.8e-7 off
      if (std::abs(static_cast<double>(ours[i]) - exact[i]) > limit) {
        FAIL_CHECK(x[i] << ": " << ours[i] << " instead of " << exact[i]);
      }
    }
  }
  kernels::textbook::unary(kernels::Unary::exp, x.data(), count, exact.data());
  kernels::unary(kernels::Unary::exp, x.data(), count, ours.data());
  for (int64_t i = 0; i < count; ++i) {
    if (std::abs(static_cast<double>(ours[i]) - exact[i]) > 2.4e-7 * exact[i] + 2.4e-38) {
      FAIL_CHECK("exp(" << x[i] << "): " << ours[i] << " instead of " << exact[i]);
    }
  }
}

TEST_CASE("kernels: activations keep NaN and are right at infinity") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  const float x[] = {nan, inf, -inf, 0.0f, 1e-42f};
  float out[5];
  kernels::unary(kernels::Unary::exp, x, 5, out);
  CHECK(std::isnan(out[0]));
  CHECK(out[1] == inf);
  CHECK(out[2] == 0.0f);
  CHECK(out[3] == 1.0f);
  kernels::unary(kernels::Unary::silu, x, 5, out);
  CHECK(std::isnan(out[0]));
  CHECK(out[1] == inf);
  CHECK(out[3] == 0.0f);
  kernels::unary(kernels::Unary::gelu, x, 5, out);
  CHECK(std::isnan(out[0]));
  CHECK(out[1] == inf);
}
