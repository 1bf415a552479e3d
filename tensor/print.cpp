#include "tensor/print.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <vector>

#include "tensor/error.h"

namespace tensor {

namespace {

// NumPy's rules: of more than 1000 elements only three at each end of an axis are shown, and a row
// of more than 75 characters continues on the next line.
constexpr int64_t most_numbers = 1000;
constexpr int64_t edge = 3;
constexpr size_t line_width = 75;
constexpr int64_t dots = -1;

/// The indices of one axis to show; `dots` stands for the indices that are left out.
std::vector<int64_t> shown_indices(int64_t count, bool is_cut) {
  std::vector<int64_t> indices;
  for (int64_t i = 0; i < count; ++i) {
    if (is_cut && count > 2 * edge && i == edge) {
      indices.push_back(dots);
      i = count - edge;
    }
    indices.push_back(i);
  }
  return indices;
}

/// The common format of some values, with their decimal points aligned: with an exponent when their
/// magnitudes differ too much, and without trailing zeros that all of them have.
class NumberFormat {
 public:
  explicit NumberFormat(const std::vector<float>& values) {
    float smallest = INFINITY;
    float largest = 0.0f;
    for (const float value : values) {
      if (!std::isfinite(value) || value == 0.0f) continue;
      smallest = std::min(smallest, std::abs(value));
      largest = std::max(largest, std::abs(value));
    }
    has_exponent_ =
        largest >= 1e8f || (largest > 0.0f && (smallest < 1e-4f || largest / smallest > 1000.0f));
    for (const float value : values) {
      if (std::isfinite(value)) fraction_ = std::max(fraction_, split(value).fraction.size());
    }
    for (const float value : values) width_ = std::max(width_, write(value).size());
  }

  std::string write(float value) const {
    std::string text;
    if (std::isfinite(value)) {
      const Parts parts = split(value);
      const char padding = has_exponent_ ? '0' : ' ';
      text = parts.whole + '.' + parts.fraction +
             std::string(fraction_ - parts.fraction.size(), padding) + parts.exponent;
    } else {
      text = std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
    }
    return std::string(width_ - std::min(width_, text.size()), ' ') + text;
  }

 private:
  struct Parts {
    std::string whole;     // "-12"
    std::string fraction;  // up to four digits, without zeros at the end
    std::string exponent;  // "e-05" or nothing
  };

  Parts split(float value) const {
    std::array<char, 64> buffer{};
    std::snprintf(buffer.data(), buffer.size(), has_exponent_ ? "%.4e" : "%.4f",
                  static_cast<double>(value));
    const std::string text = buffer.data();
    const size_t point = text.find('.');
    std::string fraction = text.substr(point + 1, 4);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    return {text.substr(0, point), fraction, text.substr(point + 5)};
  }

  bool has_exponent_ = false;
  size_t fraction_ = 0;
  size_t width_ = 0;
};

/// Writes the axes of a tensor as nested brackets.
class Printer {
 public:
  explicit Printer(const Tensor& x)
      : x_(x), is_cut_(x.size() > most_numbers), format_(shown_values()) {}

  std::string print(int axis = 0, int64_t offset = 0) const {
    if (axis == x_.shape().rank()) return format_.write(x_.data()[offset]);
    return axis + 1 == x_.shape().rank() ? print_row(axis, offset) : print_rows(axis, offset);
  }

 private:
  /// The innermost axis: elements side by side.
  std::string print_row(int axis, int64_t offset) const {
    const std::string indent(axis + 1, ' ');
    const size_t width = line_width - indent.size();
    std::string text;
    std::string line;
    for (const int64_t i : shown_indices(x_.dim(axis), is_cut_)) {
      const std::string word = i == dots ? "..." : print(axis + 1, offset + i);
      if (!line.empty() && indent.size() + line.size() + 1 + word.size() > width) {
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + '\n' + indent;
        line.clear();
      }
      line += (line.empty() ? "" : " ") + word;
    }
    return '[' + text + line + ']';
  }

  /// An outer axis: rows below each other, blocks of rows with an empty line in between.
  std::string print_rows(int axis, int64_t offset) const {
    const std::string separator =
        std::string(x_.shape().rank() - axis - 1, '\n') + std::string(axis + 1, ' ');
    std::string text;
    for (const int64_t i : shown_indices(x_.dim(axis), is_cut_)) {
      text += text.empty() ? "" : separator;
      text += i == dots ? "..." : print(axis + 1, (offset + i) * x_.dim(axis + 1));
    }
    return '[' + text + ']';
  }

  std::vector<float> shown_values() const {
    std::vector<int64_t> offsets{0};
    for (const int64_t dim : x_.shape()) {
      std::vector<int64_t> inner;
      for (const int64_t offset : offsets) {
        for (const int64_t i : shown_indices(dim, is_cut_)) {
          if (i != dots) inner.push_back(offset * dim + i);
        }
      }
      offsets = std::move(inner);
    }
    std::vector<float> values;
    for (const int64_t offset : offsets) values.push_back(x_.data()[offset]);
    return values;
  }

  const Tensor& x_;
  bool is_cut_;
  NumberFormat format_;
};

std::string short_number(double value) {
  std::array<char, 32> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%.4g", value);
  return buffer.data();
}

}  // namespace

std::string to_string(const Tensor& x) {
  if (x.empty()) return "Tensor(empty)";
  return x.size() == 0 ? "[]" : Printer(x).print();
}

std::string summary(const Tensor& x) {
  if (x.empty()) return "Tensor(empty)";
  int64_t nan_count = 0;
  double sum = 0.0;
  float low = INFINITY;
  float high = -INFINITY;
  for (int64_t i = 0; i < x.size(); ++i) {
    const float value = x.data()[i];
    if (std::isnan(value)) {
      ++nan_count;
      continue;
    }
    low = std::min(low, value);
    high = std::max(high, value);
    sum += value;
  }
  const int64_t count = x.size() - nan_count;
  std::string text = "Tensor" + x.shape().str();
  if (count > 0) {
    text += format(" min {} max {} mean {}", short_number(low), short_number(high),
                   short_number(sum / static_cast<double>(count)));
  }
  return nan_count == 0 ? text : text + format(" and {} NaN", nan_count);
}

std::ostream& operator<<(std::ostream& out, const Tensor& x) { return out << to_string(x); }

}  // namespace tensor
