#include <algorithm>
#include <vector>

#include "tensor/kernels/job.h"
#include "tensor/kernels/kernels.h"
#include "tensor/kernels/panels.h"
#include "tensor/kernels/storage.h"
#include "tensor/kernels/winograd.h"

// A convolution is a matrix product: out (O, pixels) = w (O, C K K) columns (C K K, pixels), where
// a column holds the C K K inputs that one output pixel looks at. The whole matrix of columns would
// be nine times the picture for K = 3 (566 MB for 960 channels of 128 x 128), so it is never built:
// a tile of pixels and a chunk of channels at a time, small enough for the cache, is copied into
// columns and multiplied by its slice of the weight, and the chunks add up in the output. The sum
// over channels always runs in the same order.

namespace tensor::kernels {

namespace {

constexpr int64_t task_panels = 16;  // of pixels
constexpr int64_t task_outputs = 320;
constexpr int64_t chunk_inputs = 288;  // C K K of 32 channels
constexpr int64_t skew = 16;           // between panels, which else share one spot of a cache

/// One line of the columns: what input channel `plane` shows output pixels first .. first + count -
/// 1 through the kernel's hole (ky, kx). Goes along the output's rows; what lies outside of the
/// picture is 0.
void copy_column_line(const float* plane, const Conv2dShape& s, int64_t ky, int64_t kx,
                      int64_t first, int64_t count, float* line) {
  int64_t pixel = first;
  while (pixel < first + count) {
    const int64_t out_y = pixel / s.out_width;
    const int64_t out_x = pixel % s.out_width;
    const int64_t run = std::min(s.out_width - out_x, first + count - pixel);
    const int64_t y = out_y * s.stride + ky - s.pad_top;
    float* target = line + (pixel - first);
    if (y < 0 || y >= s.height * s.zoom) {
      std::fill_n(target, run, 0.0f);
    } else {
      const float* row = plane + y / s.zoom * s.width;
      const int64_t shift = kx - s.pad_left;  // input x = out_x * stride + shift
      const int64_t low = std::clamp(divide_up(-shift, s.stride), out_x, out_x + run);
      const int64_t high =
          std::clamp(divide_up(s.width * s.zoom - shift, s.stride), low, out_x + run);
      std::fill_n(target, low - out_x, 0.0f);
      if (s.stride == 1 && s.zoom == 1) {
        std::copy(row + low + shift, row + high + shift, target + (low - out_x));
      } else {
        for (int64_t x = low; x < high; ++x) {
          target[x - out_x] = row[(x * s.stride + shift) / s.zoom];
        }
      }
      std::fill_n(target + (high - out_x), out_x + run - high, 0.0f);
    }
    pixel += run;
  }
}

/// Columns for some channels of one image and a run of output pixels, in panels that begin `step`
/// apart: each (channels K K, panel_width).
void copy_columns(const float* image, const Conv2dShape& s, int64_t first_channel, int64_t channels,
                  int64_t first_pixel, int64_t count, float* panels, int64_t step) {
  for (int64_t c = 0; c < channels; ++c) {
    const float* plane = image + (first_channel + c) * s.height * s.width;
    for (int64_t ky = 0; ky < s.kernel; ++ky) {
      for (int64_t kx = 0; kx < s.kernel; ++kx, panels += panel_width) {
        for (int64_t pixel = 0; pixel < count; pixel += panel_width) {
          copy_column_line(plane, s, ky, kx, first_pixel + pixel,
                           std::min(panel_width, count - pixel),
                           panels + pixel / panel_width * step);
        }
      }
    }
  }
}

/// One thread's scratch memory, for chunks of `depth` inputs.
struct Scratch {
  explicit Scratch(int64_t depth)
      : columns(allocate(task_panels * (depth * panel_width + skew))),
        weights(allocate(task_outputs * depth)),
        sums(allocate(task_panels * task_outputs * panel_width)) {}

  std::shared_ptr<float[]> columns, weights, sums;
};

/// What one task makes: some outputs of some pixels of one image.
struct Task {
  int64_t first_output, outputs;
  int64_t first_pixel, pixels;
};

void run(const Task& task, const float* image, const Weight& w, const float* biases,
         const Conv2dShape& s, Scratch& scratch, float* out_image) {
  const int64_t area = s.kernel * s.kernel;
  const int64_t chunk = std::max(chunk_inputs / area, int64_t{1});  // in channels
  const int64_t panels = divide_up(task.pixels, panel_width);
  const auto sums = [&](int64_t p) { return scratch.sums.get() + p * task.outputs * panel_width; };
  for (int64_t p = 0; p < panels; ++p) {
    for (int64_t o = 0; o < task.outputs; ++o) {
      std::fill_n(sums(p) + o * panel_width, panel_width, biases[task.first_output + o]);
    }
  }
  for (int64_t channel = 0; channel < s.channels; channel += chunk) {
    const int64_t channels = std::min(chunk, s.channels - channel);
    const int64_t depth = channels * area, step = depth * panel_width + skew;
    copy_columns(image, s, channel, channels, task.first_pixel, task.pixels, scratch.columns.get(),
                 step);
    widen_block(w, s.channels * area, task.first_output, task.outputs, channel * area, depth,
                scratch.weights.get());
    for (int64_t p = 0; p < panels; ++p) {
      multiply(task.outputs, depth, {scratch.weights.get(), depth},
               scratch.columns.get() + p * step, sums(p), panel_width, Result::add);
    }
  }
  for (int64_t o = 0; o < task.outputs; ++o) {
    const int64_t plane = (task.first_output + o) * s.out_height * s.out_width;
    for (int64_t p = 0; p < panels; ++p) {
      const int64_t pixel = p * panel_width;
      std::copy_n(sums(p) + o * panel_width, std::min(panel_width, task.pixels - pixel),
                  out_image + plane + task.first_pixel + pixel);
    }
  }
}

double multiply_adds(const Conv2dShape& s) {
  const double outputs = static_cast<double>(s.batch) * s.outputs * s.out_height * s.out_width;
  return outputs * s.channels * s.kernel * s.kernel;
}

double numbers(const Conv2dShape& s) {
  return static_cast<double>(s.batch) * s.channels * s.height * s.width +
         static_cast<double>(s.batch) * s.outputs * s.out_height * s.out_width +
         static_cast<double>(s.outputs) * s.channels * s.kernel * s.kernel;
}

}  // namespace

void conv2d(const float* x, const Weight& w, const Weight& bias, const Conv2dShape& s, float* out) {
  const Job job(s.kernel == 1   ? "conv2d 1x1"
                : s.stride == 1 ? "conv2d 3x3"
                                : "conv2d 3x3/2",
                multiply_adds(s), numbers(s));
  if (is_dry_run()) return;
  if (s.batch * s.outputs * s.out_height * s.out_width == 0) return;
  if (suits_winograd(s)) return conv2d_winograd(x, w, bias, s, out);
  std::vector<float> biases(s.outputs, 0.0f);
  if (bias.data) widen(bias.data, bias.dtype, s.outputs, biases.data());
  const int64_t runs = divide_up(s.out_height * s.out_width, task_panels * panel_width);
  const int64_t blocks = divide_up(s.outputs, task_outputs);
#pragma omp parallel num_threads(threads())
  {
    Scratch scratch(std::max(chunk_inputs, s.kernel * s.kernel));
#pragma omp for collapse(3) schedule(dynamic)
    for (int64_t n = 0; n < s.batch; ++n) {
      for (int64_t block = 0; block < blocks; ++block) {
        for (int64_t i = 0; i < runs; ++i) {
          const int64_t output = s.outputs * block / blocks;
          const int64_t pixel = i * task_panels * panel_width;
          const Task task = {
              output, s.outputs * (block + 1) / blocks - output, pixel,
              std::min(task_panels * panel_width, s.out_height * s.out_width - pixel)};
          run(task, x + n * s.channels * s.height * s.width, w, biases.data(), s, scratch,
              out + n * s.outputs * s.out_height * s.out_width);
        }
      }
    }
  }
}

}  // namespace tensor::kernels
