#include "tensor/kernels/fast/winograd_transforms.h"

#include <algorithm>

#include "tensor/kernels/fast/packing.h"

namespace tensor::kernels::fast {

namespace {

constexpr int64_t tap_rows = TransformScratch::tap_rows;
constexpr int64_t row_width = TransformScratch::row_width;

/// The inputs x .. x + width - 1 of the image's row y: in the image itself, or, where some are
/// outside of it and read as 0, copied to `row`.
const float* find_row(const float* plane, const Conv2dShape& s, int64_t y, int64_t x, int64_t width,
                      float* row) {
  const bool inside = y >= 0 && y < s.height;
  if (inside && x >= 0 && x + width <= s.width) return plane + y * s.width + x;
  const int64_t low = std::clamp(-x, int64_t{0}, width);
  const int64_t high = inside ? std::clamp(s.width - x, low, width) : low;
  std::fill_n(row, low, 0.0f);
  if (high > low) std::copy_n(plane + y * s.width + x + low, high - low, row + low);
  std::fill_n(row + high, width - high, 0.0f);
  return row;
}

}  // namespace

void transform_filters(const Weight& w, int64_t first_filter, int64_t channels,
                       TransformScratch& scratch, float* u, int64_t step) {
  const char* bytes = static_cast<const char*>(w.data) + first_filter * 9 * size_of(w.dtype);
  common::widen(bytes, w.dtype, channels * 9, scratch.filters);
  pack_rows(scratch.filters, channels, tap_rows, 9, scratch.taps);
  for (int64_t c = 0; c < channels; c += lanes) {
    const float* taps = scratch.taps + c / panel_width * panel_width * tap_rows + c % panel_width;
    Vector g[4][3];  // G g
    for (int64_t j = 0; j < 3; ++j) {
      const Vector g0 = load(taps + j * panel_width);
      const Vector g1 = load(taps + (3 + j) * panel_width);
      const Vector g2 = load(taps + (6 + j) * panel_width);
      g[0][j] = g0;
      g[1][j] = 0.5f * (g0 + g1 + g2);
      g[2][j] = 0.5f * (g0 - g1 + g2);
      g[3][j] = g2;
    }
    for (int64_t i = 0; i < 4; ++i) {
      float* row = u + i * 4 * step + c;
      store(g[i][0], row);
      store(0.5f * (g[i][0] + g[i][1] + g[i][2]), row + step);
      store(0.5f * (g[i][0] - g[i][1] + g[i][2]), row + 2 * step);
      store(g[i][2], row + 3 * step);
    }
  }
}

void transform_inputs(const float* plane, const Conv2dShape& s, const Segment& segment,
                      TransformScratch& scratch, float* v, int64_t step) {
  const int64_t width = 2 * segment.count + 2;
  const float* d[4];
  for (int64_t i = 0; i < 4; ++i) {
    d[i] = find_row(plane, s, 2 * segment.tile_y + i - s.pad_top, 2 * segment.tile_x - s.pad_left,
                    width, scratch.rows + i * row_width);
  }
  float* sums = scratch.sums;
#pragma omp simd
  for (int64_t x = 0; x < width; ++x) {  // B^T d
    const float d0 = d[0][x], d1 = d[1][x], d2 = d[2][x], d3 = d[3][x];
    sums[x] = d0 - d2;
    sums[row_width + x] = d1 + d2;
    sums[2 * row_width + x] = d2 - d1;
    sums[3 * row_width + x] = d1 - d3;
  }
  for (int64_t i = 0; i < 4; ++i) {
    for (int64_t t = 0; t < segment.count; t += lanes) {
      const float* from = sums + i * row_width + 2 * t;
      const Vector a = load(from), b = load(from + lanes);
      const Vector c = load(from + 2), e = load(from + lanes + 2);
      const Vector d0 = evens(a, b), d1 = odds(a, b), d2 = evens(c, e), d3 = odds(c, e);
      float* row = v + i * 4 * step + t;
      store(d0 - d2, row);
      store(d1 + d2, row + step);
      store(d2 - d1, row + 2 * step);
      store(d1 - d3, row + 3 * step);
    }
  }
}

void transform_upsampled_inputs(const float* plane, const Conv2dShape& s, const Segment& segment,
                                TransformScratch& scratch, float* v, int64_t step) {
  const int64_t width = segment.count + 2;
  const float* d[3];
  for (int64_t i = 0; i < 3; ++i) {
    d[i] = find_row(plane, s, segment.tile_y + i - 1, segment.tile_x - 1, width,
                    scratch.rows + i * row_width);
  }
  float* sums = scratch.sums;
#pragma omp simd
  for (int64_t x = 0; x < width; ++x) {
    const float above = d[0][x], own = d[1][x], below = d[2][x];
    sums[x] = above - own;
    sums[row_width + x] = own + own;
    sums[3 * row_width + x] = own - below;
  }
  for (const int64_t i : {0, 1, 3}) {
    for (int64_t t = 0; t < segment.count; t += lanes) {
      const float* from = sums + i * row_width + t;
      const Vector left = load(from), own = load(from + 1), right = load(from + 2);
      float* row = v + i * 4 * step + t;
      store(left - own, row);
      store(own + own, row + step);
      store(own - right, row + 3 * step);
    }
  }
}

void transform_outputs(const float* m, int64_t step, float bias, const Conv2dShape& s,
                       const Segment& segment, TransformScratch& scratch, float* plane) {
  float* upper = scratch.rows;
  float* lower = upper + row_width;
  for (int64_t t = 0; t < segment.count; t += lanes) {
    Vector rows[2][4];  // A^T M
    for (int64_t j = 0; j < 4; ++j) {
      const Vector m0 = load(m + j * step + t), m1 = load(m + (4 + j) * step + t);
      const Vector m2 = load(m + (8 + j) * step + t), m3 = load(m + (12 + j) * step + t);
      rows[0][j] = m0 + m1 + m2;
      rows[1][j] = m1 - m2 - m3;
    }
    for (int64_t i = 0; i < 2; ++i) {
      const Vector left = rows[i][0] + rows[i][1] + rows[i][2] + bias;
      const Vector right = rows[i][1] - rows[i][2] - rows[i][3] + bias;
      float* to = (i == 0 ? upper : lower) + 2 * t;
      store(interleave_lower(left, right), to);
      store(interleave_upper(left, right), to + lanes);
    }
  }
  const int64_t y = 2 * segment.tile_y;
  const int64_t x = 2 * segment.tile_x;
  const int64_t width = std::min(2 * segment.count, s.out_width - x);
  std::copy_n(upper, width, plane + y * s.out_width + x);
  if (y + 1 < s.out_height) std::copy_n(lower, width, plane + (y + 1) * s.out_width + x);
}

}  // namespace tensor::kernels::fast
