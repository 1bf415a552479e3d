#include "sdxl/inspect/bicubic.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "tensor/error.h"

namespace sdxl {

namespace {

constexpr int taps = 4;

/// The values that one output is a sum of.
struct Tap {
  std::array<int64_t, taps> from;
  std::array<double, taps> weight;
};

double cubic(double t) {
  constexpr double a = -0.75;
  t = std::abs(t);
  if (t < 1.0) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2.0 ? ((a * t - 5 * a) * t + 8 * a) * t - 4 * a : 0.0;
}

int64_t mirrored(int64_t k, int64_t n) {
  return std::clamp<int64_t>(k < 0 ? -1 - k : k >= n ? 2 * n - 1 - k : k, 0, n - 1);
}

std::vector<Tap> taps_of(int64_t in_size, int64_t out_size) {
  std::vector<Tap> result(static_cast<size_t>(out_size));
  for (int64_t i = 0; i < out_size; ++i) {
    const double x = (static_cast<double>(i) + 0.5) * static_cast<double>(in_size) /
                         static_cast<double>(out_size) -
                     0.5;
    const auto left = static_cast<int64_t>(std::floor(x)) - 1;
    for (int j = 0; j < taps; ++j) {
      result[i].from[j] = mirrored(left + j, in_size);
      result[i].weight[j] = cubic(x - static_cast<double>(left + j));
    }
  }
  return result;
}

double sum_of(const Tap& tap, const float* in, int64_t step) {
  double sum = 0.0;
  for (int j = 0; j < taps; ++j) sum += tap.weight[j] * in[tap.from[j] * step];
  return sum;
}

}  // namespace

Tensor resize_bicubic(const Tensor& maps, int64_t height, int64_t width) {
  tensor::require(
      maps.shape().rank() >= 2 && maps.size() > 0 && height >= 1 && width >= 1,
      "resize_bicubic expects (..., h, w) and at least 1 x 1 places, got {} and {} x {}",
      maps.shape(), height, width);
  const int64_t h = maps.dim(-2), w = maps.dim(-1), count = maps.size() / (h * w);
  const std::vector<Tap> rows = taps_of(h, height), columns = taps_of(w, width);
  std::vector<float> wide(static_cast<size_t>(count * h * width));
  for (int64_t y = 0; y < count * h; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      wide[y * width + x] = static_cast<float>(sum_of(columns[x], maps.data() + y * w, 1));
    }
  }
  std::vector<float> result(static_cast<size_t>(count * height * width));
  for (int64_t i = 0; i < count; ++i) {
    for (int64_t y = 0; y < height; ++y) {
      for (int64_t x = 0; x < width; ++x) {
        const float* column = wide.data() + i * h * width + x;
        result[(i * height + y) * width + x] = static_cast<float>(sum_of(rows[y], column, width));
      }
    }
  }
  std::vector<int64_t> shape(maps.shape().begin(), maps.shape().end());
  shape[shape.size() - 2] = height;
  shape[shape.size() - 1] = width;
  return Tensor::from(tensor::Shape(shape), std::move(result));
}

}  // namespace sdxl
