#include "tensor/image/edges.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "tensor/error.h"

namespace tensor {

namespace {

struct Gradient {
  int dx = 0, dy = 0;
  int magnitude() const { return std::abs(dx) + std::abs(dy); }
};

/// The gradients of an image. Outside of it they are 0.
class Gradients {
 public:
  explicit Gradients(const Image& image) : height_(image.height), width_(image.width) {
    all_.reserve(static_cast<size_t>(height_ * width_));
    for (int64_t y = 0; y < height_; ++y) {
      for (int64_t x = 0; x < width_; ++x) all_.push_back(largest(image, y, x));
    }
  }

  Gradient at(int64_t y, int64_t x) const {
    const bool is_inside = y >= 0 && y < height_ && x >= 0 && x < width_;
    return is_inside ? all_[static_cast<size_t>(y * width_ + x)] : Gradient{};
  }
  int magnitude(int64_t y, int64_t x) const { return at(y, x).magnitude(); }

 private:
  /// Of the channel with the largest magnitude, the first one of equals.
  static Gradient largest(const Image& image, int64_t y, int64_t x) {
    Gradient result = sobel(image, y, x, 0);
    for (int channel = 1; channel < 3; ++channel) {
      const Gradient other = sobel(image, y, x, channel);
      if (other.magnitude() > result.magnitude()) result = other;
    }
    return result;
  }

  static Gradient sobel(const Image& image, int64_t y, int64_t x, int channel) {
    const auto pixel = [&](int64_t down, int64_t right) -> int {
      const int64_t row = std::clamp<int64_t>(y + down, 0, image.height - 1);
      const int64_t column = std::clamp<int64_t>(x + right, 0, image.width - 1);
      return image.pixels[static_cast<size_t>(3 * (row * image.width + column) + channel)];
    };
    const auto column = [&](int64_t right) {
      return pixel(-1, right) + 2 * pixel(0, right) + pixel(1, right);
    };
    const auto row = [&](int64_t down) {
      return pixel(down, -1) + 2 * pixel(down, 0) + pixel(down, 1);
    };
    return {column(1) - column(-1), row(1) - row(-1)};
  }

  int64_t height_, width_;
  std::vector<Gradient> all_;
};

/// Is the magnitude at (y, x) a maximum across the edge? Of two equal neighbours in a row or a
/// column the first one is.
bool is_maximum(const Gradients& gradients, int64_t y, int64_t x) {
  constexpr int64_t bits = 15;
  constexpr int64_t tan_22 = 13573;  // tan(22.5 degrees) 2^15
  const auto [dx, dy] = gradients.at(y, x);
  const int m = gradients.magnitude(y, x);
  const int64_t across = std::abs(dx) * tan_22;
  const int64_t down = static_cast<int64_t>(std::abs(dy)) << bits;
  if (down < across) {
    return m > gradients.magnitude(y, x - 1) && m >= gradients.magnitude(y, x + 1);
  }
  // tan(67.5) = tan(22.5) + 2
  if (down > across + (static_cast<int64_t>(std::abs(dx)) << (bits + 1))) {
    return m > gradients.magnitude(y - 1, x) && m >= gradients.magnitude(y + 1, x);
  }
  const int64_t step = (dx < 0) != (dy < 0) ? -1 : 1;
  return m > gradients.magnitude(y - 1, x - step) && m > gradients.magnitude(y + 1, x + step);
}

}  // namespace

Image canny_edges(const Image& image, double low, double high) {
  require(image.height > 0 && image.width > 0, "canny_edges: expected an image, got none");
  require(std::isfinite(low) && std::isfinite(high),
          "canny_edges: expected finite thresholds, got {} and {}", low, high);
  if (low > high) std::swap(low, high);
  low = std::floor(low);
  high = std::floor(high);

  const Gradients gradients(image);
  enum class Mark : uint8_t { none, candidate, edge };
  std::vector<Mark> marks(static_cast<size_t>(image.height * image.width), Mark::none);
  std::vector<int64_t> open;  // edges whose neighbours have not been looked at
  for (int64_t i = 0; i < std::ssize(marks); ++i) {
    const int64_t y = i / image.width, x = i % image.width;
    const int m = gradients.magnitude(y, x);
    if (!(m > low) || !is_maximum(gradients, y, x)) continue;
    marks[i] = m > high ? Mark::edge : Mark::candidate;
    if (m > high) open.push_back(i);
  }

  while (!open.empty()) {
    const int64_t y = open.back() / image.width, x = open.back() % image.width;
    open.pop_back();
    for (int64_t row = std::max<int64_t>(y - 1, 0); row <= std::min(y + 1, image.height - 1);
         ++row) {
      for (int64_t column = std::max<int64_t>(x - 1, 0); column <= std::min(x + 1, image.width - 1);
           ++column) {
        Mark& mark = marks[static_cast<size_t>(row * image.width + column)];
        if (mark != Mark::candidate) continue;
        mark = Mark::edge;
        open.push_back(row * image.width + column);
      }
    }
  }

  Image edges{image.height, image.width, {}};
  edges.pixels.reserve(image.pixels.size());
  for (const Mark mark : marks)
    edges.pixels.insert(edges.pixels.end(), 3, mark == Mark::edge ? 255 : 0);
  return edges;
}

}  // namespace tensor
