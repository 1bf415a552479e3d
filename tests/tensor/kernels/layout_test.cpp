#include "tests/tensor/kernels/kernel_cases.h"

namespace kernels = tensor::kernels;
using namespace support;

TEST_CASE("kernels: layout and arithmetic give the same on any number of threads") {
  const auto a = random_values(7 * 5 * 33 * 65, 1), b = random_values(7 * 5 * 33 * 65, 2);
  const int64_t dims[4] = {7, 5, 33, 65};
  const int64_t own[4] = {5 * 33 * 65, 33 * 65, 65, 1}, repeated[4] = {5, 1, 0, 0};
  const auto count = static_cast<int64_t>(a.size());
  using kernels::Binary;
  for (const Binary op : {Binary::add, Binary::subtract, Binary::multiply, Binary::divide}) {
    for (const auto& b_strides : {own, repeated}) {
      const auto out = run_on_threads(count, [&](float* target) {
        kernels::binary_broadcast(op, a.data(), own, b.data(), b_strides, dims, target);
      });
      for (int64_t i = 0; i < count; ++i) {
        const float left = a[i];
        const float right = b_strides == own ? b[i] : b[i / (33 * 65)];
        const float exact = op == Binary::add        ? left + right
                            : op == Binary::subtract ? left - right
                            : op == Binary::multiply ? left * right
                                                     : left / right;
        if (out[i] != exact) FAIL_CHECK(i << ": " << out[i] << " instead of " << exact);
      }
    }
  }
  run_on_threads(count, [&](float* out) { kernels::clamp(a.data(), -0.5f, 0.5f, count, out); });
  const int64_t turned[4] = {7, 33, 65, 5}, strides[4] = {5 * 33 * 65, 65, 1, 33 * 65};
  run_on_threads(count,
                 [&](float* out) { kernels::gather_strided(a.data(), strides, turned, out); });
  run_on_threads(
      count, [&](float* out) { kernels::copy_rows(a.data(), 35, 33 * 65, 33 * 65, out, 33 * 65); });
  run_on_threads(35 * 66 * 130, [&](float* out) {
    kernels::upsample_nearest(a.data(), 35, 33, 65, 66, 130, out);
  });
}
