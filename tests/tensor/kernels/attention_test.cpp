#include "tests/tensor/kernels/kernel_cases.h"

namespace kernels = tensor::kernels;
using namespace support;

TEST_CASE("kernels: attention agrees with the textbook loops") {
  const kernels::AttentionShape shapes[] = {
      {1, 1, 1, 1, 1, false},      {2, 5, 77, 3, 8, false},    {1, 300, 300, 2, 16, false},
      {1, 131, 523, 1, 40, false}, {2, 77, 77, 2, 12, true},   {1, 300, 300, 1, 8, true},
      {1, 600, 600, 1, 4, true},   {1, 900, 700, 1, 7, false}, {1, 3, 9, 1, 512, false},
      {1, 9, 3, 2, 4, true},       {1, 3, 9, 2, 4, true},      {0, 3, 3, 1, 4, false},
      {1, 0, 3, 1, 4, false},
  };
  with_fast_and_eigen([&] {
    for (const kernels::AttentionShape& s : shapes) {
      CAPTURE(s.queries);
      CAPTURE(s.causal);
      const int64_t width = s.heads * s.head_size;
      const auto q = random_values(s.batch * s.queries * width, 1, 4.0);
      const auto k = random_values(s.batch * s.keys * width, 2, 4.0);
      const auto v = random_values(s.batch * s.keys * width, 3);
      std::vector<float> exact(q.size());
      kernels::textbook::attention(q.data(), k.data(), v.data(), s, exact.data());
      const auto ours = run_on_threads(static_cast<int64_t>(q.size()), [&](float* out) {
        kernels::attention(q.data(), k.data(), v.data(), s, out);
      });
      CHECK(relative_error(ours, exact) < 2e-6);
    }
  });
}

TEST_CASE("kernels: attention is exact for scores beyond the range of exp") {
  const kernels::AttentionShape s = {1, 3, 600, 1, 4, false};
  auto q = random_values(s.queries * 4, 1, 100.0);
  auto k = random_values(s.keys * 4, 2, 100.0);
  const auto v = random_values(s.keys * 4, 3);
  std::vector<float> exact(q.size()), ours(q.size());
  kernels::textbook::attention(q.data(), k.data(), v.data(), s, exact.data());
  kernels::attention(q.data(), k.data(), v.data(), s, ours.data());
  CHECK(relative_error(ours, exact) < 1e-4);  // scores near 1e4 are themselves rounded to 1e-3
}
