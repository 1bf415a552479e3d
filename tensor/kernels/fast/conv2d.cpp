#include <algorithm>
#include <limits>
#include <vector>

#include "tensor/kernels/fast/gemm.h"
#include "tensor/kernels/fast/winograd.h"
#include "tensor/kernels/job.h"
#include "tensor/kernels/kernels.h"
#include "tensor/kernels/storage.h"

// A convolution is a matrix product: out (O, pixels) = w (O, C K K) columns (C K K, pixels), where
// a column holds the C K K inputs that one output pixel looks at. The whole matrix of columns would
// be nine times the image for K = 3 (566 MB for 960 channels of 128 x 128), so it is never built:
// a tile of pixels and a chunk of channels at a time, small enough for the cache, is copied into
// columns and multiplied by its slice of the weight, and the chunks add up in the output. The sum
// over channels always runs in the same order. Pixels are counted through all images, so that small
// ones share a panel.

namespace tensor::kernels {

namespace {

constexpr int64_t task_panels = 16;  // of pixels
constexpr int64_t task_outputs = 320;
constexpr int64_t skew = 16;  // between panels, which else share one spot of a cache

/// Where a panel's pixels, seen through one hole (ky, kx) of the kernel, lie in a channel of the
/// input: counted from that channel of the first image.
struct View {
  int32_t places[panel_width] = {};
  bool inside[panel_width] = {};  // else the pixel lies outside of the image, and is 0
  bool is_run = true;             // all lie inside, one behind the other
};

/// Adds the views of a panel, pixels first .. first + count - 1, one for each hole.
void add_views(const Conv2dShape& s, int64_t first, int64_t count, std::vector<View>& views) {
  const int64_t image_size = s.channels * s.height * s.width;
  int64_t images[panel_width], ys[panel_width], xs[panel_width];  // the first input of each pixel
  int64_t image = first / (s.out_height * s.out_width);
  int64_t out_y = first / s.out_width % s.out_height, out_x = first % s.out_width;
  for (int64_t i = 0; i < count; ++i) {
    images[i] = image * image_size;
    ys[i] = out_y * s.stride - s.pad_top;
    xs[i] = out_x * s.stride - s.pad_left;
    if (++out_x < s.out_width) continue;
    out_x = 0;
    if (++out_y < s.out_height) continue;
    out_y = 0;
    ++image;
  }
  for (int64_t ky = 0; ky < s.kernel; ++ky) {
    for (int64_t kx = 0; kx < s.kernel; ++kx) {
      View view;
      for (int64_t i = 0; i < count; ++i) {
        const int64_t y = ys[i] + ky, x = xs[i] + kx;
        view.inside[i] = y >= 0 && y < s.height * s.zoom && x >= 0 && x < s.width * s.zoom;
        if (!view.inside[i]) continue;
        const int64_t place = s.zoom == 1 ? y * s.width + x : y / s.zoom * s.width + x / s.zoom;
        view.places[i] = static_cast<int32_t>(images[i] + place);
      }
      view.is_run = count == panel_width;
      for (int64_t i = 0; i < count; ++i) {
        view.is_run &= view.inside[i] && view.places[i] == view.places[0] + i;
      }
      views.push_back(view);
    }
  }
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

/// Columns for some channels, in panels that begin `step` apart: each (channels K K,
/// panel_width). The views are those of each panel for each hole.
void copy_columns(const float* x, const Conv2dShape& s, int64_t first_channel, int64_t channels,
                  const std::vector<View>& views, float* panels, int64_t step) {
  const int64_t area = s.kernel * s.kernel, count = static_cast<int64_t>(views.size()) / area;
  for (int64_t c = 0; c < channels; ++c) {
    const float* plane = x + (first_channel + c) * s.height * s.width;
    for (int64_t hole = 0; hole < area; ++hole, panels += panel_width) {
      for (int64_t p = 0; p < count; ++p) {
        copy_line(plane, views[p * area + hole], panels + p * step);
      }
    }
  }
}

/// One thread's scratch memory, for chunks of at most `depth` inputs.
struct Scratch {
  explicit Scratch(int64_t depth)
      : depth(depth),
        columns(allocate(task_panels * (panel_room(widest_form, depth) + skew))),
        weights(allocate(left_room(widest_form, task_outputs, depth))),
        sums(allocate(task_panels * task_outputs * panel_width)) {}

  int64_t depth;
  std::shared_ptr<float[]> columns, weights, sums;
};

/// What one task makes: some outputs of some pixels, which are counted through all images.
struct Task {
  int64_t first_output, outputs;
  int64_t first_pixel, pixels;
};

void run(const Task& task, const float* x, const Weight& w, const float* biases,
         const Conv2dShape& s, Scratch& scratch, float* out) {
  const int64_t area = s.kernel * s.kernel;
  const Form form = float_form(w.dtype);
  const int64_t chunk = std::max(panel_depth(form) / area, int64_t{1});  // in channels
  const int64_t panels = divide_up(task.pixels, panel_width);
  std::vector<View> views;
  for (int64_t p = 0; p < panels; ++p) {
    const int64_t pixel = p * panel_width;
    add_views(s, task.first_pixel + pixel, std::min(panel_width, task.pixels - pixel), views);
  }
  const auto sums = [&](int64_t p) { return scratch.sums.get() + p * task.outputs * panel_width; };
  for (int64_t p = 0; p < panels; ++p) {
    for (int64_t o = 0; o < task.outputs; ++o) {
      std::fill_n(sums(p) + o * panel_width, panel_width, biases[task.first_output + o]);
    }
  }
  for (int64_t channel = 0; channel < s.channels; channel += chunk) {
    const int64_t channels = std::min(chunk, s.channels - channel);
    const int64_t depth = channels * area, step = panel_room(form, depth) + skew;
    float* columns = scratch.columns.get();
    copy_columns(x, s, channel, channels, views, lines_in(form, columns, depth), step);
    for (int64_t p = 0; p < panels; ++p) lay_out_panel(form, columns + p * step, depth);
    multiply_weight(form,
                    {w, s.channels * area, task.first_output, task.outputs, channel * area, depth},
                    columns, step, task.pixels, scratch.weights.get(), sums(0));
  }
  const int64_t out_size = s.out_height * s.out_width;
  for (int64_t pixel = 0; pixel < task.pixels;) {  // runs that end with a panel or an image
    const int64_t image = (task.first_pixel + pixel) / out_size;
    const int64_t place = (task.first_pixel + pixel) % out_size, in_panel = pixel % panel_width;
    const int64_t count = std::min({panel_width - in_panel, out_size - place, task.pixels - pixel});
    float* target = out + (image * s.outputs + task.first_output) * out_size + place;
    const float* line = sums(pixel / panel_width) + in_panel;
    for (int64_t o = 0; o < task.outputs; ++o) {
      std::copy_n(line + o * panel_width, count, target + o * out_size);
    }
    pixel += count;
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

void conv2d_columns(const float* x, const Weight& w, const Weight& bias, const Conv2dShape& s,
                    float* out) {
  std::vector<float> biases(s.outputs, 0.0f);
  if (bias.data) widen(bias.data, bias.dtype, s.outputs, biases.data());
  const int64_t pixels = s.batch * s.out_height * s.out_width;
  const int64_t runs = divide_up(pixels, task_panels * panel_width);
  const int64_t team = threads_for(multiply_adds(s));
  // A block more than is needed copies the columns once more, but keeps all threads busy.
  const int64_t busy = std::min(divide_up(team, runs), divide_up(s.outputs, 16));
  const int64_t blocks = std::max(divide_up(s.outputs, task_outputs), busy);
  const int64_t depth = std::max(deepest_panel, s.kernel * s.kernel);
#pragma omp parallel num_threads(team)
  {
    static thread_local Scratch scratch(depth);
    if (scratch.depth < depth) scratch = Scratch(depth);
#pragma omp for collapse(2) schedule(dynamic)
    for (int64_t block = 0; block < blocks; ++block) {
      for (int64_t i = 0; i < runs; ++i) {
        const int64_t output = s.outputs * block / blocks;
        const int64_t pixel = i * task_panels * panel_width;
        const Task task = {output, s.outputs * (block + 1) / blocks - output, pixel,
                           std::min(task_panels * panel_width, pixels - pixel)};
        run(task, x, w, biases.data(), s, scratch, out);
      }
    }
  }
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
  // As many images at a time as a View can count.
  const int64_t image_size = s.channels * s.height * s.width;
  const int64_t most = std::numeric_limits<int32_t>::max() / std::max(image_size, int64_t{1});
  Conv2dShape part = s;
  for (int64_t n = 0; n < s.batch; n += part.batch) {
    part.batch = std::clamp(most, int64_t{1}, s.batch - n);
    conv2d_columns(x + n * image_size, w, bias, part,
                   out + n * s.outputs * s.out_height * s.out_width);
  }
}

}  // namespace tensor::kernels
