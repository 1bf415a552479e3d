#include <algorithm>
#include <limits>
#include <vector>

#include "tensor/kernels/convert.h"
#include "tensor/kernels/fast/gemm.h"
#include "tensor/kernels/fast/winograd.h"
#include "tensor/kernels/first_error.h"
#include "tensor/kernels/storage.h"

// Convolution by im2col: it becomes a matrix product, out (O, pixels) = w (O, C K K) columns
// (C K K, pixels), where a column holds the C K K inputs below the kernel at one output pixel. The
// whole matrix of columns would be nine times the image for K = 3 (566 MB for 960 channels of
// 128 x 128), so it is never built. Instead the columns of a tile of pixels and a chunk of channels
// are copied, small enough for the cache, and multiplied by their block of the weight. The results
// of the chunks are added up in the output. The sum over channels always runs in the same order.
// Pixels are counted through all images, so that small images share a panel.
//
// eigen/conv2d.cpp is a shorter im2col, with less care for caches. 3 x 3 convolutions with stride 1
// use Winograd's algorithm instead (winograd.cpp).

namespace tensor::kernels::fast {

namespace {

constexpr int64_t task_panels = 16;  // of pixels
constexpr int64_t task_outputs = 320;
constexpr int64_t pad = 16;  // floats between panels, against cache-set conflicts

/// im2col indices of a panel for one kernel offset (ky, kx): for each output pixel the offset of
/// its input pixel, counted from the channel's plane in the first image.
struct TapOffsets {
  int32_t offsets[panel_width] = {};
  bool inside[panel_width] = {};  // outside of the image the input is 0
  bool is_contiguous = true;      // all inside, and neighbours in memory
};

/// Appends the offsets of a panel, output pixels first .. first + count - 1, for each tap.
void append_offsets(const Conv2dShape& s, int64_t first, int64_t count,
                    std::vector<TapOffsets>& taps) {
  const int64_t image_size = s.in_channels * s.height * s.width;
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
      TapOffsets tap;
      for (int64_t i = 0; i < count; ++i) {
        const int64_t y = ys[i] + ky, x = xs[i] + kx;  // in the upsampled image
        tap.inside[i] = y >= 0 && y < s.height * s.upsample && x >= 0 && x < s.width * s.upsample;
        if (!tap.inside[i]) continue;
        const int64_t offset =
            s.upsample == 1 ? y * s.width + x : y / s.upsample * s.width + x / s.upsample;
        tap.offsets[i] = static_cast<int32_t>(images[i] + offset);
      }
      tap.is_contiguous = count == panel_width;
      for (int64_t i = 0; i < count; ++i) {
        tap.is_contiguous &= tap.inside[i] && tap.offsets[i] == tap.offsets[0] + i;
      }
      taps.push_back(tap);
    }
  }
}

void gather_row(const float* plane, const TapOffsets& tap, float* row) {
  if (tap.is_contiguous) {
    std::copy_n(plane + tap.offsets[0], panel_width, row);
    return;
  }
#pragma omp simd
  for (int64_t i = 0; i < panel_width; ++i) {
    const float pixel = plane[tap.offsets[i]];
    row[i] = tap.inside[i] ? pixel : 0.0f;
  }
}

/// Columns for some channels, in panels that begin `step` apart: each (channels K K, panel_width).
/// `taps` are the offsets of each panel for each tap of the kernel.
void im2col(const float* x, const Conv2dShape& s, int64_t first_channel, int64_t channels,
            const std::vector<TapOffsets>& taps, float* panels, int64_t step) {
  const int64_t area = s.kernel * s.kernel, count = static_cast<int64_t>(taps.size()) / area;
  for (int64_t c = 0; c < channels; ++c) {
    const float* plane = x + (first_channel + c) * s.height * s.width;
    for (int64_t tap = 0; tap < area; ++tap, panels += panel_width) {
      for (int64_t p = 0; p < count; ++p)
        gather_row(plane, taps[p * area + tap], panels + p * step);
    }
  }
}

/// One thread's scratch memory, for chunks of at most `depth` inputs.
struct Scratch {
  explicit Scratch(int64_t depth)
      : depth(depth),
        columns(allocate(task_panels * (largest_gemm().packed_b_size(depth) + pad))),
        weights(allocate(largest_gemm().staged_a_size(task_outputs, depth))),
        sums(allocate(task_panels * task_outputs * panel_width)) {}

  int64_t depth;
  std::shared_ptr<float[]> columns, weights, sums;
};

/// Some outputs of some pixels, which are counted through all images.
struct Task {
  int64_t first_output, outputs;
  int64_t first_pixel, pixels;
};

void run(const Task& task, const float* x, const Weight& w, const float* biases,
         const Conv2dShape& s, Scratch& scratch, float* out) {
  const Gemm& gemm = gemm_for(w.dtype);
  const int64_t area = s.kernel * s.kernel;
  const int64_t chunk = std::max(gemm.max_depth() / area, int64_t{1});  // in channels
  const int64_t panels = divide_up(task.pixels, panel_width);
  std::vector<TapOffsets> taps;
  for (int64_t p = 0; p < panels; ++p) {
    const int64_t pixel = p * panel_width;
    append_offsets(s, task.first_pixel + pixel, std::min(panel_width, task.pixels - pixel), taps);
  }
  const auto sums = [&](int64_t p) { return scratch.sums.get() + p * task.outputs * panel_width; };
  for (int64_t p = 0; p < panels; ++p) {
    for (int64_t o = 0; o < task.outputs; ++o) {
      std::fill_n(sums(p) + o * panel_width, panel_width, biases[task.first_output + o]);
    }
  }
  for (int64_t channel = 0; channel < s.in_channels; channel += chunk) {
    const int64_t channels = std::min(chunk, s.in_channels - channel);
    const int64_t depth = channels * area, step = gemm.packed_b_size(depth) + pad;
    float* columns = scratch.columns.get();
    im2col(x, s, channel, channels, taps, gemm.staged_b(columns, depth), step);
    for (int64_t p = 0; p < panels; ++p) gemm.pack_b(columns + p * step, depth);
    gemm.multiply_weight(
        {w, s.in_channels * area, task.first_output, task.outputs, channel * area, depth}, columns,
        step, task.pixels, scratch.weights.get(), sums(0));
  }
  const int64_t out_size = s.out_height * s.out_width;
  for (int64_t pixel = 0; pixel < task.pixels;) {  // stretches that end with a panel or an image
    const int64_t image = (task.first_pixel + pixel) / out_size;
    const int64_t offset = (task.first_pixel + pixel) % out_size, in_panel = pixel % panel_width;
    const int64_t count =
        std::min({panel_width - in_panel, out_size - offset, task.pixels - pixel});
    float* to = out + (image * s.out_channels + task.first_output) * out_size + offset;
    const float* from = sums(pixel / panel_width) + in_panel;
    for (int64_t o = 0; o < task.outputs; ++o) {
      std::copy_n(from + o * panel_width, count, to + o * out_size);
    }
    pixel += count;
  }
}

double multiply_adds(const Conv2dShape& s) {
  const double outputs = static_cast<double>(s.batch) * s.out_channels * s.out_height * s.out_width;
  return outputs * s.in_channels * s.kernel * s.kernel;
}

void conv2d_im2col(const float* x, const Weight& w, const Weight& bias, const Conv2dShape& s,
                   float* out) {
  const std::vector<float> biases = widened(bias, s.out_channels);
  const int64_t pixels = s.batch * s.out_height * s.out_width;
  const int64_t tiles = divide_up(pixels, task_panels * panel_width);
  const int64_t team = threads_for(multiply_adds(s));
  // More blocks of outputs keep all threads busy, but each repeats the im2col.
  const int64_t busy = std::min(divide_up(team, tiles), divide_up(s.out_channels, 16));
  const int64_t blocks = std::max(divide_up(s.out_channels, task_outputs), busy);
  const int64_t depth = std::max(deepest_panel, s.kernel * s.kernel);
  FirstError error;
#pragma omp parallel for collapse(2) schedule(dynamic) num_threads(team)
  for (int64_t block = 0; block < blocks; ++block) {
    for (int64_t i = 0; i < tiles; ++i) {
      error.run([&] {
        static thread_local Scratch scratch(depth);
        if (scratch.depth < depth) scratch = Scratch(depth);
        const int64_t output = s.out_channels * block / blocks;
        const int64_t pixel = i * task_panels * panel_width;
        const Task task = {output, s.out_channels * (block + 1) / blocks - output, pixel,
                           std::min(task_panels * panel_width, pixels - pixel)};
        run(task, x, w, biases.data(), s, scratch, out);
      });
    }
  }
  error.rethrow();
}

}  // namespace

void conv2d(const float* x, const Weight& w, const Weight& bias, const Conv2dShape& s, float* out) {
  if (s.batch * s.out_channels * s.out_height * s.out_width == 0) return;
  const float no_pixel = 0.0f;
  if (s.height * s.width == 0) x = &no_pixel;  // read by gather_row, and not used
  if (suits_winograd(s)) return conv2d_winograd(x, w, bias, s, out);
  // As many images at a time as 32-bit offsets can address.
  const int64_t image_size = s.in_channels * s.height * s.width;
  const int64_t most = std::numeric_limits<int32_t>::max() / std::max(image_size, int64_t{1});
  Conv2dShape part = s;
  for (int64_t n = 0; n < s.batch; n += part.batch) {
    part.batch = std::clamp(most, int64_t{1}, s.batch - n);
    conv2d_im2col(x + n * image_size, w, bias, part,
                  out + n * s.out_channels * s.out_height * s.out_width);
  }
}

}  // namespace tensor::kernels::fast
