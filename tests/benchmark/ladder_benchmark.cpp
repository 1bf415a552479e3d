#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tensor/compute.h"
#include "tensor/kernels/fast/gemm.h"
#include "tensor/kernels/fast/winograd.h"
#include "tensor/kernels/kernels.h"
#include "tests/benchmark/timing.h"

// The ladder: the same kernel by each backend, and by the fast one with its steps taken away. Prints
// a line of JSON for each kernel and rung: seconds and GFLOP/s (a multiply-add is two operations).
//
//   ladder_benchmark
//
// ladder.py makes a table of it, beside PyTorch.

namespace kernels = tensor::kernels;
namespace fast = tensor::kernels::fast;
using benchmark::best_seconds;
using benchmark::values;
using tensor::Backend;
using tensor::DType;

namespace {

struct Rung {
  const char* name;
  Backend backend;
  fast::Bf16Instructions instructions = fast::Bf16Instructions::best;
  bool winograd = true;
};

/// Times a kernel on every rung.
void climb(const std::string& kernel, double multiply_adds, const std::function<void()>& run) {
  const Rung rungs[] = {
      {"textbook", Backend::textbook},
      {"eigen", Backend::eigen},
      {"fast, no Winograd, no bf16x3", Backend::fast, fast::Bf16Instructions::off, false},
      {"fast, no bf16x3", Backend::fast, fast::Bf16Instructions::off},
      {"fast", Backend::fast},
  };
  for (const Rung& rung : rungs) {
    if (rung.backend == Backend::eigen && !kernels::has_eigen()) continue;
    const tensor::BackendScope scope(rung.backend);
    fast::set_bf16_instructions(rung.instructions);
    fast::set_winograd(rung.winograd);
    const double seconds = best_seconds(run);
    const nlohmann::json line = {{"kernel", kernel},
                                 {"rung", rung.name},
                                 {"seconds", seconds},
                                 {"gflops", 2e-9 * multiply_adds / seconds}};
    std::printf("%s\n", line.dump().c_str());
    std::fflush(stdout);
  }
}

void climb_linear(int64_t rows, int64_t inputs, int64_t outputs) {
  const auto x = values(rows * inputs), w = values(outputs * inputs), b = values(outputs);
  std::vector<float> out(rows * outputs);
  climb("linear", 1.0 * rows * inputs * outputs, [&] {
    kernels::linear(x.data(), rows, inputs, {w.data(), DType::f32}, {b.data(), DType::f32}, outputs,
                    out.data());
  });
}

void climb_conv2d(int64_t channels, int64_t size) {
  const auto x = values(channels * size * size), w = values(channels * channels * 9);
  const auto b = values(channels);
  std::vector<float> out(channels * size * size);
  const kernels::Conv2dShape shape = {1, channels, size, size, channels, size, size, 3, 1, 1, 1};
  climb("conv2d", 9.0 * channels * channels * size * size, [&] {
    kernels::conv2d(x.data(), {w.data(), DType::f32}, {b.data(), DType::f32}, shape, out.data());
  });
}

void climb_attention(int64_t tokens, int64_t heads, int64_t head_size) {
  const auto q = values(tokens * heads * head_size);
  std::vector<float> out(q.size());
  climb("attention", 2.0 * tokens * tokens * heads * head_size, [&] {
    kernels::attention(q.data(), q.data(), q.data(), {1, tokens, tokens, heads, head_size, false},
                       out.data());
  });
}

}  // namespace

int main() {
  climb_linear(1024, 640, 640);
  climb_conv2d(320, 32);
  climb_attention(1024, 10, 64);
  return 0;
}
