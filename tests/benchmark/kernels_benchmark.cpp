#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "tensor/compute.h"
#include "tensor/kernels/kernels.h"
#include "tests/benchmark/timing.h"

// How fast each kernel is at the sizes of SDXL base: the best of several runs, as GFLOP/s and as a
// share of the plain matrix product measured in the same run, or, where a kernel mostly moves
// numbers, as GB/s read and written.
//
//   kernels_benchmark [part of a name]

namespace kernels = tensor::kernels;
using benchmark::best_seconds;
using benchmark::values;
using kernels::Weight;
using tensor::DType;

namespace {

double plain_rate = 1.0;  // GFLOP/s of a matrix product on all threads
std::string wanted;

/// Weights as a half-precision file holds them: exact enough for a clock.
std::vector<uint16_t> halves(int64_t count) {
  const std::vector<float> source = values(count);
  std::vector<uint16_t> result(count);
  std::transform(source.begin(), source.end(), result.begin(), tensor::to_f16);
  return result;
}

bool skipped(const std::string& name) { return name.find(wanted) == std::string::npos; }

void report_products(const std::string& name, double products, const std::function<void()>& run) {
  const double seconds = best_seconds(run);
  const double rate = 2e-9 * products / seconds;
  std::printf("%-44s %9.3f ms %8.1f GFLOP/s %6.2f of GEMM\n", name.c_str(), seconds * 1e3, rate,
              rate / plain_rate);
}

void report_moves(const std::string& name, double floats, const std::function<void()>& run) {
  const double seconds = best_seconds(run);
  std::printf("%-44s %9.3f ms %8.1f GB/s\n", name.c_str(), seconds * 1e3, 4e-9 * floats / seconds);
}

void time_linear(int64_t rows, int64_t inputs, int64_t outputs) {
  const std::string name = "linear " + std::to_string(rows) + " x " + std::to_string(inputs) +
                           " -> " + std::to_string(outputs);
  if (skipped(name)) return;
  const std::vector<float> x = values(rows * inputs), b = values(outputs);
  // Each run has a weight of its own: in a model, no cache still has it from the last time.
  const int64_t copies = 1 + 50'000'000 / (outputs * inputs);
  const std::vector<uint16_t> w = halves(copies * outputs * inputs);
  std::vector<float> out(rows * outputs);
  int64_t copy = 0;
  report_products(name, static_cast<double>(rows) * inputs * outputs, [&] {
    const uint16_t* weight = w.data() + copy++ % copies * outputs * inputs;
    kernels::linear(x.data(), rows, inputs, {weight, DType::f16}, {b.data(), DType::f32}, outputs,
                    out.data());
  });
}

void time_conv(int64_t channels, int64_t outputs, int64_t size, int64_t kernel, int64_t stride) {
  const std::string name = "conv " + std::to_string(kernel) + "x" + std::to_string(kernel) + "/" +
                           std::to_string(stride) + " " + std::to_string(channels) + " -> " +
                           std::to_string(outputs) + " at " + std::to_string(size);
  if (skipped(name)) return;
  const int64_t out_size = size / stride;
  const int64_t pad = kernel / 2;
  const std::vector<float> x = values(channels * size * size), b = values(outputs);
  const std::vector<uint16_t> w = halves(outputs * channels * kernel * kernel);
  std::vector<float> out(outputs * out_size * out_size);
  const kernels::Conv2dShape shape = {1,        channels, size,   size, outputs, out_size,
                                      out_size, kernel,   stride, pad,  pad};
  report_products(
      name, static_cast<double>(outputs) * out_size * out_size * channels * kernel * kernel, [&] {
        kernels::conv2d(x.data(), {w.data(), DType::f16}, {b.data(), DType::f32}, shape,
                        out.data());
      });
}

void time_attention(int64_t queries, int64_t keys, int64_t heads, int64_t head_size) {
  const std::string name = "attention " + std::to_string(queries) + " x " + std::to_string(keys) +
                           ", " + std::to_string(heads) + " heads of " + std::to_string(head_size);
  if (skipped(name)) return;
  const int64_t width = heads * head_size;
  const std::vector<float> q = values(queries * width), k = values(keys * width);
  std::vector<float> out(queries * width);
  report_products(name, 2.0 * queries * keys * width, [&] {
    kernels::attention(q.data(), k.data(), k.data(), {1, queries, keys, heads, head_size, false},
                       out.data());
  });
}

void time_moves() {
  const int64_t channels = 320, pixels = 128 * 128, count = channels * pixels;
  const std::vector<float> x = values(2 * count), gain = values(channels);
  std::vector<float> out(4 * count);
  const Weight w = {gain.data(), DType::f32};
  if (!skipped("group_norm")) {
    report_moves("group_norm 320 x 128 x 128", 2.0 * count, [&] {
      kernels::group_norm(x.data(), 1, channels, pixels, 32, w, w, 1e-5f, out.data());
    });
  }
  if (!skipped("layer_norm")) {
    report_moves("layer_norm 16384 x 320", 2.0 * count,
                 [&] { kernels::layer_norm(x.data(), pixels, channels, w, w, 1e-5f, out.data()); });
  }
  const std::pair<const char*, kernels::Unary> activations[] = {
      {"silu", kernels::Unary::silu}, {"gelu", kernels::Unary::gelu}, {"exp", kernels::Unary::exp}};
  for (const auto& [name, op] : activations) {
    if (skipped(name)) continue;
    report_moves(std::string(name) + " 5 million", 2.0 * count,
                 [&, op = op] { kernels::unary(op, x.data(), count, out.data()); });
  }
  const int64_t dims[4] = {1, channels, 128, 128}, own[4] = {count, pixels, 128, 1};
  const int64_t repeated[4] = {0, 1, 0, 0};
  if (!skipped("add")) {
    report_moves("add 320 x 128 x 128", 3.0 * count, [&] {
      kernels::binary_broadcast(kernels::Binary::add, x.data(), own, x.data() + count, own, dims,
                                out.data());
    });
    report_moves("add a number a channel", 2.0 * count, [&] {
      kernels::binary_broadcast(kernels::Binary::add, x.data(), own, gain.data(), repeated, dims,
                                out.data());
    });
  }
  if (!skipped("permute")) {
    const int64_t tokens[4] = {1, 1, pixels, channels}, strides[4] = {0, 0, 1, pixels};
    report_moves("permute (C, H W) to (H W, C)", 2.0 * count,
                 [&] { kernels::gather_strided(x.data(), strides, tokens, out.data()); });
    const int64_t planes[4] = {1, 1, channels, pixels}, back[4] = {0, 0, 1, channels};
    report_moves("permute (H W, C) to (C, H W)", 2.0 * count,
                 [&] { kernels::gather_strided(x.data(), back, planes, out.data()); });
  }
  if (!skipped("concat")) {
    report_moves("concat two of 320 x 128 x 128", 4.0 * count, [&] {
      kernels::copy_rows(x.data(), 1, count, count, out.data(), 2 * count);
      kernels::copy_rows(x.data() + count, 1, count, count, out.data() + count, 2 * count);
    });
    report_moves("split the last axis of 4096 x 5120", 2.0 * 4096 * 2560,
                 [&] { kernels::copy_rows(x.data(), 4096, 2560, 2560, out.data(), 2560); });
  }
  if (!skipped("upsample")) {
    report_moves("upsample 320 x 128 x 128 to 256 x 256", 5.0 * count, [&] {
      kernels::upsample_nearest(x.data(), channels, 128, 128, 256, 256, out.data());
    });
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) wanted = argv[1];
  plain_rate = tensor::gemm_rate();
  std::printf("plain matrix products: %.1f GFLOP/s on %d threads\n", plain_rate,
              kernels::threads());
  time_linear(4096, 640, 640);
  time_linear(4096, 640, 5120);
  time_linear(4096, 2560, 640);
  time_linear(1024, 1280, 1280);
  time_linear(1024, 1280, 10240);
  time_linear(1024, 5120, 1280);
  time_linear(256, 1280, 1280);
  time_linear(256, 1280, 10240);
  time_linear(256, 5120, 1280);
  time_linear(77, 2048, 1280);
  time_linear(1, 1280, 1280);
  time_conv(320, 320, 128, 3, 1);
  time_conv(320, 320, 64, 3, 1);
  time_conv(640, 640, 64, 3, 1);
  time_conv(1280, 1280, 32, 3, 1);
  time_conv(2560, 1280, 32, 3, 1);
  time_conv(1280, 1280, 16, 3, 1);
  time_conv(320, 320, 128, 3, 2);
  time_conv(960, 320, 128, 1, 1);
  time_conv(4, 320, 128, 3, 1);
  time_conv(320, 4, 128, 3, 1);
  time_conv(512, 512, 64, 3, 1);
  time_conv(512, 512, 128, 3, 1);
  time_conv(256, 256, 256, 3, 1);
  time_conv(128, 128, 512, 3, 1);
  time_conv(128, 3, 512, 3, 1);
  time_attention(4096, 4096, 10, 64);
  time_attention(1024, 1024, 20, 64);
  time_attention(4096, 77, 10, 64);
  time_attention(1024, 77, 20, 64);
  time_attention(4096, 4096, 1, 512);
  time_moves();
  return 0;
}
