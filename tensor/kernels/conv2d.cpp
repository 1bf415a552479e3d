#include <algorithm>
#include <vector>

#include "tensor/kernels/gemm.h"
#include "tensor/kernels/job.h"
#include "tensor/kernels/kernels.h"
#include "tensor/kernels/winograd.h"

// A convolution is a matrix product: out (O, pixels) = w (O, C K K) columns (C K K, pixels), where
// a column holds the C K K inputs that one output pixel looks at. The whole matrix of columns would
// be nine times the picture for K = 3 (566 MB for 960 channels of 128 x 128), so it is never built:
// a tile of pixels and a chunk of channels at a time, small enough for the cache, is copied into
// columns and multiplied by its slice of the weight, and the chunks add up in the output. The sum
// over channels always runs in the same order.

namespace tensor::kernels {

namespace {

constexpr int64_t tile_pixels = 512;
constexpr int64_t tile_outputs = 320;
constexpr int64_t chunk_inputs =
    576;  // rows of the columns' chunk: C K K of 64 channels, 1.2 MB with 512 pixels

int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

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
    if (y < 0 || y >= s.height) {
      std::fill_n(target, run, 0.0f);
    } else {
      const float* row = plane + y * s.width;
      const int64_t shift = kx - s.pad_left;  // input x = out_x * stride + shift
      const int64_t low = std::clamp(divide_up(-shift, s.stride), out_x, out_x + run);
      const int64_t high = std::clamp(divide_up(s.width - shift, s.stride), low, out_x + run);
      std::fill_n(target, low - out_x, 0.0f);
      for (int64_t x = low; x < high; ++x) target[x - out_x] = row[x * s.stride + shift];
      std::fill_n(target + (high - out_x), out_x + run - high, 0.0f);
    }
    pixel += run;
  }
}

/// Columns for some channels of one image and a run of output pixels: (channels K K, count).
void copy_columns(const float* image, const Conv2dShape& s, int64_t first_channel, int64_t channels,
                  int64_t first_pixel, int64_t count, float* columns) {
  for (int64_t c = 0; c < channels; ++c) {
    const float* plane = image + (first_channel + c) * s.height * s.width;
    for (int64_t ky = 0; ky < s.kernel; ++ky) {
      for (int64_t kx = 0; kx < s.kernel; ++kx, columns += count) {
        copy_column_line(plane, s, ky, kx, first_pixel, count, columns);
      }
    }
  }
}

/// Some outputs' weights for some inputs as float32: (outputs, inputs).
void widen_slice(const Weight& w, int64_t all_inputs, int64_t first_output, int64_t outputs,
                 int64_t first_input, int64_t inputs, float* out) {
  for (int64_t o = 0; o < outputs; ++o) {
    const int64_t offset = (first_output + o) * all_inputs + first_input;
    widen(static_cast<const char*>(w.data) + offset * size_of(w.dtype), w.dtype, inputs,
          out + o * inputs);
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
  const int64_t pixels = s.out_height * s.out_width;
  const int64_t area = s.kernel * s.kernel;
  const int64_t chunk = std::max(chunk_inputs / area, int64_t{1});  // in channels
  const int64_t pixel_tiles = divide_up(pixels, tile_pixels);
  const int64_t output_tiles = divide_up(s.outputs, tile_outputs);
  const int64_t tile_height = divide_up(s.outputs, output_tiles);
#pragma omp parallel num_threads(threads())
  {
    std::vector<float> columns(chunk * area * tile_pixels);
    std::vector<float> weights(tile_height * chunk * area);
#pragma omp for collapse(3) schedule(dynamic)
    for (int64_t n = 0; n < s.batch; ++n) {
      for (int64_t output_tile = 0; output_tile < output_tiles; ++output_tile) {
        for (int64_t pixel_tile = 0; pixel_tile < pixel_tiles; ++pixel_tile) {
          const int64_t output = output_tile * tile_height;
          const int64_t outputs = std::min(tile_height, s.outputs - output);
          const int64_t pixel = pixel_tile * tile_pixels;
          const int64_t count = std::min(tile_pixels, pixels - pixel);
          float* target = out + (n * s.outputs + output) * pixels + pixel;
          for (int64_t o = 0; o < outputs; ++o) {
            std::fill_n(target + o * pixels, count, biases[output + o]);
          }
          for (int64_t channel = 0; channel < s.channels; channel += chunk) {
            const int64_t channels = std::min(chunk, s.channels - channel);
            const float* image = x + n * s.channels * s.height * s.width;
            copy_columns(image, s, channel, channels, pixel, count, columns.data());
            widen_slice(w, s.channels * area, output, outputs, channel * area, channels * area,
                        weights.data());
            gemm(outputs, count, channels * area, {weights.data(), channels * area},
                 {columns.data(), count}, target, pixels, Result::add);
          }
        }
      }
    }
  }
}

}  // namespace tensor::kernels
