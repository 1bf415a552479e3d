#include <algorithm>
#include <cstring>
#include <vector>

#include "tensor/kernels/kernels.h"

namespace tensor::kernels::common {

namespace {

// 32 rows of 32 floats: both sides of a transposition stay in the L1 cache.
constexpr int64_t block = 32;

/// The axis with the smallest stride in x.
int fastest_axis(const int64_t strides[4], const int64_t dims[4]) {
  int best = 3;
  for (int axis = 0; axis < 3; ++axis) {
    if (dims[axis] > 1 && (strides[axis] < strides[best] || dims[best] == 1)) best = axis;
  }
  return best;
}

void copy_innermost_rows(const float* x, const int64_t s[4], const int64_t dims[4], float* out) {
  const int team = threads_for_elements(dims[0] * dims[1] * dims[2] * dims[3]);
#pragma omp parallel for collapse(2) num_threads(team)
  for (int64_t i = 0; i < dims[0]; ++i) {
    for (int64_t j = 0; j < dims[1]; ++j) {
      for (int64_t k = 0; k < dims[2]; ++k) {
        const float* row = x + i * s[0] + j * s[1] + k * s[2];
        float* target = out + ((i * dims[1] + j) * dims[2] + k) * dims[3];
        for (int64_t l = 0; l < dims[3]; ++l) target[l] = row[l * s[3]];
      }
    }
  }
}

}  // namespace

void gather_strided(const float* x, const int64_t s[4], const int64_t dims[4], float* out) {
  const int fast = fastest_axis(s, dims);
  if (fast == 3) return copy_innermost_rows(x, s, dims, out);
  // A transposition of the axes `fast` and 3, once for each index pair of the other two axes. It
  // goes block by block, so that both reads and writes stay within a few cache lines.
  const int64_t o[4] = {dims[1] * dims[2] * dims[3], dims[2] * dims[3], dims[3], 1};
  const int u = fast == 0 ? 1 : 0;
  const int v = fast == 2 ? 1 : 2;
  const int64_t blocks = (dims[3] + block - 1) / block;
  const int team = threads_for_elements(dims[0] * dims[1] * dims[2] * dims[3]);
#pragma omp parallel for collapse(3) num_threads(team)
  for (int64_t i = 0; i < dims[u]; ++i) {
    for (int64_t j = 0; j < dims[v]; ++j) {
      for (int64_t b = 0; b < blocks; ++b) {
        const float* from = x + i * s[u] + j * s[v];
        float* to = out + i * o[u] + j * o[v];
        const int64_t stop = std::min((b + 1) * block, dims[3]);
        for (int64_t f = 0; f < dims[fast]; f += block) {
          const int64_t f_stop = std::min(f + block, dims[fast]);
          for (int64_t k = f; k < f_stop; ++k) {
            for (int64_t l = b * block; l < stop; ++l) {
              to[k * o[fast] + l] = from[k * s[fast] + l * s[3]];
            }
          }
        }
      }
    }
  }
}

void copy_rows(const float* x, int64_t rows, int64_t width, int64_t x_stride, float* out,
               int64_t out_stride) {
  const int team = threads_for_elements(rows * width);
#pragma omp parallel for num_threads(team) if (rows > 1)
  for (int64_t row = 0; row < rows; ++row) {
    std::memcpy(out + row * out_stride, x + row * x_stride, width * sizeof(float));
  }
}

void upsample_nearest(const float* x, int64_t planes, int64_t height, int64_t width,
                      int64_t out_height, int64_t out_width, float* out) {
  std::vector<int32_t> source(out_width);  // a division for each column, not for each pixel
  for (int64_t i = 0; i < out_width; ++i) source[i] = static_cast<int32_t>(i * width / out_width);
#pragma omp parallel for num_threads(threads_for_elements(planes* out_height* out_width))
  for (int64_t plane = 0; plane < planes; ++plane) {
    for (int64_t y = 0; y < out_height; ++y) {
      const float* row = x + (plane * height + y * height / out_height) * width;
      float* target = out + (plane * out_height + y) * out_width;
      for (int64_t i = 0; i < out_width; ++i) target[i] = row[source[i]];
    }
  }
}

}  // namespace tensor::kernels::common
