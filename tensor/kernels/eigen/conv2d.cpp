#include <algorithm>
#include <vector>

#include "tensor/kernels/convert.h"
#include "tensor/kernels/eigen/matrix.h"
#include "tensor/kernels/first_error.h"
#include "tensor/kernels/storage.h"

// Convolution by im2col: out (O, pixels) = w (O, C K K) columns (C K K, pixels), where a column
// holds the C K K inputs below the kernel at one output pixel. A task computes a tile of 256 pixels
// of one image, so that its columns stay small: (C K K, 256).

namespace tensor::kernels::eigen {

namespace {

constexpr int64_t tile_pixels = 256;

/// The columns of output pixels first .. first + count - 1 of one image: (C K K, count).
void im2col(const float* image, const Conv2dShape& s, int64_t first, int64_t count,
            float* columns) {
  for (int64_t c = 0; c < s.in_channels; ++c) {
    const float* channel = image + c * s.height * s.width;
    for (int64_t i = 0; i < s.kernel; ++i) {
      for (int64_t j = 0; j < s.kernel; ++j) {
        int64_t out_y = first / s.out_width, out_x = first % s.out_width;
        for (int64_t p = 0; p < count; ++p, ++columns) {
          const int64_t y = out_y * s.stride + i - s.pad_top;  // in the upsampled image
          const int64_t x = out_x * s.stride + j - s.pad_left;
          const bool inside =
              y >= 0 && y < s.height * s.upsample && x >= 0 && x < s.width * s.upsample;
          *columns = inside ? channel[y / s.upsample * s.width + x / s.upsample] : 0.0f;
          if (++out_x == s.out_width) {
            out_x = 0;
            ++out_y;
          }
        }
      }
    }
  }
}

}  // namespace

void conv2d(const float* x, const Weight& w, const Weight& bias, const Conv2dShape& s, float* out) {
  const int64_t depth = s.in_channels * s.kernel * s.kernel, pixels = s.out_height * s.out_width;
  const int64_t tiles = (pixels + tile_pixels - 1) / tile_pixels;
  const std::vector<float> weights = widened(w, s.out_channels * depth);
  const std::vector<float> biases = widened(bias, s.out_channels);
  const auto weight = map(weights.data(), s.out_channels, depth);
  const Eigen::Map<const Eigen::VectorXf> b(biases.data(), s.out_channels);
  const int team = threads_for(1.0 * s.batch * pixels * s.out_channels * depth);
  FirstError error;
#pragma omp parallel num_threads(team)
  {
    std::shared_ptr<float[]> columns;
    error.run([&] { columns = allocate(depth * tile_pixels); });
    const float* const inputs = columns.get();
#pragma omp for collapse(2) schedule(dynamic)
    for (int64_t n = 0; n < s.batch; ++n) {
      for (int64_t tile = 0; tile < tiles; ++tile) {
        const int64_t first = tile * tile_pixels, count = std::min(tile_pixels, pixels - first);
        error.run([&] {
          im2col(x + n * s.in_channels * s.height * s.width, s, first, count, columns.get());
          auto block =
              map(out + n * s.out_channels * pixels + first, s.out_channels, count, pixels);
          multiply(weight, map(inputs, depth, count), block);
          block.colwise() += b;
        });
      }
    }
  }
  error.rethrow();
}

}  // namespace tensor::kernels::eigen
