#include "tensor/image/resize.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "tensor/error.h"

namespace tensor {

namespace {

constexpr int precision_bits = 22;  // a byte and the filter's sum fit beside them in 32 bits

double sinc(double t) {
  if (t == 0.0) return 1.0;
  return std::sin(t * std::numbers::pi) / (t * std::numbers::pi);
}

/// A filter's weight at a distance from an output's middle, and where it becomes 0.
struct Filter {
  double (*weight)(double t);
  double support;
};

const Filter lanczos = {[](double t) { return -3 <= t && t < 3 ? sinc(t) * sinc(t / 3) : 0.0; },
                        3.0};

const Filter cubic = {[](double t) {
                        constexpr double a = -0.5;
                        t = std::abs(t);
                        if (t < 1.0) return ((a + 2.0) * t - (a + 3.0)) * t * t + 1.0;
                        return t < 2.0 ? (((t - 5.0) * t + 8.0) * t - 4.0) * a : 0.0;
                      },
                      2.0};

/// The input pixels of one output pixel: first, first + 1, ... with one weight each.
struct Taps {
  int64_t first;
  std::vector<int32_t> weights;
};

std::vector<Taps> taps_of(const Filter& filter, int64_t in_size, int64_t out_size) {
  const double scale = static_cast<double>(in_size) / static_cast<double>(out_size);
  const double stretch = std::max(scale, 1.0);
  const double support = filter.support * stretch;
  std::vector<Taps> taps;
  for (int64_t i = 0; i < out_size; ++i) {
    const double center = (static_cast<double>(i) + 0.5) * scale;
    const auto first = std::max(static_cast<int64_t>(center - support + 0.5), int64_t{0});
    const auto last = std::min(static_cast<int64_t>(center + support + 0.5), in_size);
    std::vector<double> weights;
    double sum = 0.0;
    for (int64_t x = first; x < last; ++x) {
      weights.push_back(filter.weight((static_cast<double>(x) - center + 0.5) * (1.0 / stretch)));
      sum += weights.back();
    }
    Taps tap{first, {}};
    for (const double weight : weights) {
      const double fixed = weight / sum * (1 << precision_bits);
      tap.weights.push_back(static_cast<int32_t>(fixed < 0 ? fixed - 0.5 : fixed + 0.5));
    }
    taps.push_back(std::move(tap));
  }
  return taps;
}

/// Resamples each of `lines` rows or columns of an image: pixel j of line i of the input begins at
/// in[i * in_line + j * in_step].
void resample(const uint8_t* in, int64_t in_line, int64_t in_step, int64_t lines,
              const std::vector<Taps>& taps, uint8_t* out, int64_t out_line, int64_t out_step) {
  for (int64_t i = 0; i < lines; ++i) {
    for (size_t j = 0; j < taps.size(); ++j) {
      for (int channel = 0; channel < 3; ++channel) {
        const uint8_t* source = in + i * in_line + taps[j].first * in_step + channel;
        int32_t sum = 1 << (precision_bits - 1);
        for (size_t k = 0; k < taps[j].weights.size(); ++k) {
          sum += taps[j].weights[k] * source[static_cast<int64_t>(k) * in_step];
        }
        const int32_t value = std::clamp(sum >> precision_bits, 0, 255);
        out[i * out_line + static_cast<int64_t>(j) * out_step + channel] =
            static_cast<uint8_t>(value);
      }
    }
  }
}

Image blank(int64_t height, int64_t width) {
  return {height, width, std::vector<uint8_t>(static_cast<size_t>(height * width * 3))};
}

Image resize_rows(const Filter& filter, const Image& image, int64_t width) {
  if (width == image.width) return image;
  Image result = blank(image.height, width);
  resample(image.pixels.data(), image.width * 3, 3, image.height,
           taps_of(filter, image.width, width), result.pixels.data(), width * 3, 3);
  return result;
}

Image resize_columns(const Filter& filter, const Image& image, int64_t height) {
  if (height == image.height) return image;
  const int64_t line = image.width * 3;
  Image result = blank(height, image.width);
  resample(image.pixels.data(), 3, line, image.width, taps_of(filter, image.height, height),
           result.pixels.data(), 3, line);
  return result;
}

Image resize(const char* name, const Filter& filter, const Image& image, int64_t height,
             int64_t width) {
  require(height >= 1 && width >= 1, "{} expects at least 1 x 1 pixels, got {} x {}", name, height,
          width);
  // Pillow 13 starts with the columns where they lose more than twice as many pixels as the rows.
  const int64_t lost_height = image.height - height;
  const bool columns_first = lost_height > 0 && lost_height > 2 * (image.width - width);
  return columns_first ? resize_rows(filter, resize_columns(filter, image, height), width)
                       : resize_columns(filter, resize_rows(filter, image, width), height);
}

}  // namespace

Image resize_lanczos(const Image& image, int64_t height, int64_t width) {
  return resize("resize_lanczos", lanczos, image, height, width);
}

Image resize_bicubic(const Image& image, int64_t height, int64_t width) {
  return resize("resize_bicubic", cubic, image, height, width);
}

Image crop(const Image& image, int64_t top, int64_t left, int64_t height, int64_t width) {
  require(top >= 0 && left >= 0 && height >= 1 && width >= 1 && top + height <= image.height &&
              left + width <= image.width,
          "crop: {} x {} pixels from ({}, {}) reach outside of an image of {} x {}", height, width,
          top, left, image.height, image.width);
  Image result = blank(height, width);
  for (int64_t y = 0; y < height; ++y) {
    const auto row = image.pixels.begin() + ((top + y) * image.width + left) * 3;
    std::copy_n(row, width * 3, result.pixels.begin() + y * width * 3);
  }
  return result;
}

}  // namespace tensor
