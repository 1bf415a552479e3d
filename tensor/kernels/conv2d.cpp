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

/// Where a panel's pixels, seen through one hole (ky, kx) of the kernel, lie in a plane of the
/// input.
struct View {
  int32_t places[panel_width] = {};
  bool inside[panel_width] = {};  // else the pixel lies outside of the picture, and is 0
  bool is_run = true;             // all lie inside, one behind the other
};

View view_of(const Conv2dShape& s, int64_t ky, int64_t kx, int64_t first, int64_t count) {
  View view;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t y = (first + i) / s.out_width * s.stride + ky - s.pad_top;
    const int64_t x = (first + i) % s.out_width * s.stride + kx - s.pad_left;
    view.inside[i] = y >= 0 && y < s.height * s.zoom && x >= 0 && x < s.width * s.zoom;
    if (view.inside[i]) view.places[i] = y / s.zoom * s.width + x / s.zoom;
    view.is_run &= view.inside[i] && view.places[i] == view.places[0] + i;
  }
  view.is_run &= count == panel_width;
  return view;
}

void copy_line(const float* plane, const View& view, float* line) {
  if (view.is_run) {
    std::copy_n(plane + view.places[0], panel_width, line);
    return;
  }
#pragma omp simd
  for (int64_t i = 0; i < panel_width; ++i) {
    const float pixel = plane[view.places[i]];
    line[i] = view.inside[i] ? pixel : 0.0f;
  }
}

/// Columns for some channels of one image, in panels that begin `step` apart: each (channels K K,
/// panel_width). The views are those of each panel for each hole.
void copy_columns(const float* image, const Conv2dShape& s, int64_t first_channel, int64_t channels,
                  const std::vector<View>& views, float* panels, int64_t step) {
  const int64_t area = s.kernel * s.kernel, count = static_cast<int64_t>(views.size()) / area;
  for (int64_t c = 0; c < channels; ++c) {
    const float* plane = image + (first_channel + c) * s.height * s.width;
    for (int64_t hole = 0; hole < area; ++hole, panels += panel_width) {
      for (int64_t p = 0; p < count; ++p)
        copy_line(plane, views[p * area + hole], panels + p * step);
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
  std::vector<View> views;
  for (int64_t p = 0; p < panels; ++p) {
    const int64_t pixel = p * panel_width, count = std::min(panel_width, task.pixels - pixel);
    for (int64_t hole = 0; hole < area; ++hole) {
      views.push_back(
          view_of(s, hole / s.kernel, hole % s.kernel, task.first_pixel + pixel, count));
    }
  }
  const auto sums = [&](int64_t p) { return scratch.sums.get() + p * task.outputs * panel_width; };
  for (int64_t p = 0; p < panels; ++p) {
    for (int64_t o = 0; o < task.outputs; ++o) {
      std::fill_n(sums(p) + o * panel_width, panel_width, biases[task.first_output + o]);
    }
  }
  for (int64_t channel = 0; channel < s.channels; channel += chunk) {
    const int64_t channels = std::min(chunk, s.channels - channel);
    const int64_t depth = channels * area, step = depth * panel_width + skew;
    copy_columns(image, s, channel, channels, views, scratch.columns.get(), step);
    widen_block(w, s.channels * area, task.first_output, task.outputs, channel * area, depth,
                scratch.weights.get());
    for (int64_t p = 0; p < panels; ++p) {
      multiply(task.outputs, depth, {scratch.weights.get(), depth},
               scratch.columns.get() + p * step, sums(p), panel_width, Result::add,
               task.pixels - p * panel_width);
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
  const float no_pixel = 0.0f;
  if (s.height * s.width == 0) x = &no_pixel;  // what copy_line finds where nothing lies
  if (suits_winograd(s)) return conv2d_winograd(x, w, bias, s, out);
  std::vector<float> biases(s.outputs, 0.0f);
  if (bias.data) widen(bias.data, bias.dtype, s.outputs, biases.data());
  const int64_t runs = divide_up(s.out_height * s.out_width, task_panels * panel_width);
  const int64_t team = threads_for(multiply_adds(s));
  // A block more than is needed copies the columns once more, but keeps all threads busy.
  const int64_t busy = std::min(divide_up(team, s.batch * runs), divide_up(s.outputs, 16));
  const int64_t blocks = std::max(divide_up(s.outputs, task_outputs), busy);
#pragma omp parallel num_threads(team)
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
