#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "tensor/kernels/kernels.h"

// The textbook loops. They are the definition of what the fast kernels compute, and sum in double
// so that they can judge them.

namespace tensor::kernels::reference {

namespace {

float weight_at(const Weight& w, int64_t i) {
  float value;
  widen(static_cast<const char*>(w.data) + i * size_of(w.dtype), w.dtype, 1, &value);
  return value;
}

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

double apply(Unary op, double x) {
  switch (op) {
    case Unary::silu:
      return x * sigmoid(x);
    case Unary::gelu:
      return x / 2 * (1.0 + std::erf(x / std::sqrt(2.0)));
    case Unary::quick_gelu:
      return x * sigmoid(1.702 * x);
    case Unary::sqrt:
      return std::sqrt(x);
    case Unary::exp:
      return std::exp(x);
    case Unary::tanh:
      return std::tanh(x);
  }
  return x;
}

}  // namespace

void unary(Unary op, const float* x, int64_t count, float* out) {
  for (int64_t i = 0; i < count; ++i) {
    out[i] = static_cast<float>(apply(op, x[i]));
  }
}

void linear(const float* x, int64_t rows, int64_t inputs, const Weight& w, const Weight& bias,
            int64_t outputs, float* out) {
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t o = 0; o < outputs; ++o) {
      double sum = bias.data ? weight_at(bias, o) : 0.0;
      for (int64_t i = 0; i < inputs; ++i) {
        sum += static_cast<double>(x[row * inputs + i]) * weight_at(w, o * inputs + i);
      }
      out[row * outputs + o] = static_cast<float>(sum);
    }
  }
}

void conv2d(const float* x, const Weight& w, const Weight& bias, const Conv2dShape& s, float* out) {
  for (int64_t n = 0; n < s.batch; ++n) {
    for (int64_t o = 0; o < s.outputs; ++o) {
      for (int64_t out_y = 0; out_y < s.out_height; ++out_y) {
        for (int64_t out_x = 0; out_x < s.out_width; ++out_x) {
          double sum = bias.data ? weight_at(bias, o) : 0.0;
          for (int64_t c = 0; c < s.channels; ++c) {
            for (int64_t i = 0; i < s.kernel; ++i) {
              for (int64_t j = 0; j < s.kernel; ++j) {
                const int64_t y = out_y * s.stride + i - s.pad_top;
                const int64_t column = out_x * s.stride + j - s.pad_left;
                if (y < 0 || y >= s.height * s.zoom) continue;
                if (column < 0 || column >= s.width * s.zoom) continue;
                const int64_t line = (n * s.channels + c) * s.height + y / s.zoom;
                const float pixel = x[line * s.width + column / s.zoom];
                const int64_t tap = ((o * s.channels + c) * s.kernel + i) * s.kernel + j;
                sum += static_cast<double>(pixel) * weight_at(w, tap);
              }
            }
          }
          out[((n * s.outputs + o) * s.out_height + out_y) * s.out_width + out_x] =
              static_cast<float>(sum);
        }
      }
    }
  }
}

namespace {

/// softmax(query key^T / sqrt(D)) of one query, where a head's vectors lie `stride` apart.
std::vector<double> weights_of(const float* query, const float* keys, int64_t count, int64_t stride,
                               int64_t head_size) {
  std::vector<double> weights(static_cast<size_t>(count));
  double largest = -std::numeric_limits<double>::infinity();
  for (int64_t j = 0; j < count; ++j) {
    double score = 0.0;
    for (int64_t d = 0; d < head_size; ++d) {
      score += static_cast<double>(query[d]) * keys[j * stride + d];
    }
    weights[j] = score / std::sqrt(static_cast<double>(head_size));
    largest = std::max(largest, weights[j]);
  }
  double sum = 0.0;
  for (double& weight : weights) {
    weight = std::exp(weight - largest);
    sum += weight;
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

}  // namespace

void attention(const float* q, const float* k, const float* v, const AttentionShape& s,
               float* out) {
  const int64_t stride = s.heads * s.head_size;
  for (int64_t n = 0; n < s.batch; ++n) {
    for (int64_t h = 0; h < s.heads; ++h) {
      const int64_t first_key = n * s.keys * stride + h * s.head_size;
      for (int64_t t = 0; t < s.queries; ++t) {
        const int64_t query = (n * s.queries + t) * stride + h * s.head_size;
        const int64_t visible = s.causal ? std::min(s.keys, t + 1) : s.keys;
        const std::vector<double> weights =
            weights_of(q + query, k + first_key, visible, stride, s.head_size);
        for (int64_t d = 0; d < s.head_size; ++d) {
          double value = 0.0;
          for (int64_t j = 0; j < visible; ++j) value += weights[j] * v[first_key + j * stride + d];
          out[query + d] = static_cast<float>(value);
        }
      }
    }
  }
}

void attention_weights(const float* q, const float* k, const AttentionShape& s, float* out) {
  const int64_t stride = s.heads * s.head_size;
  for (int64_t n = 0; n < s.batch; ++n) {
    for (int64_t h = 0; h < s.heads; ++h) {
      const float* keys = k + n * s.keys * stride + h * s.head_size;
      for (int64_t t = 0; t < s.queries; ++t) {
        const float* query = q + (n * s.queries + t) * stride + h * s.head_size;
        const int64_t visible = s.causal ? std::min(s.keys, t + 1) : s.keys;
        const std::vector<double> weights = weights_of(query, keys, visible, stride, s.head_size);
        float* row = out + ((n * s.heads + h) * s.queries + t) * s.keys;
        std::fill(row, row + s.keys, 0.0f);
        std::copy(weights.begin(), weights.end(), row);
      }
    }
  }
}

void group_norm(const float* x, int64_t batch, int64_t channels, int64_t pixels, int64_t groups,
                const Weight& gain, const Weight& shift, float eps, float* out) {
  const int64_t group_channels = channels / groups;
  for (int64_t n = 0; n < batch; ++n) {
    for (int64_t g = 0; g < groups; ++g) {
      const int64_t start = (n * channels + g * group_channels) * pixels;
      const auto count = static_cast<double>(group_channels * pixels);
      double mean = 0.0;
      for (int64_t i = 0; i < group_channels * pixels; ++i) mean += x[start + i] / count;
      double variance = 0.0;
      for (int64_t i = 0; i < group_channels * pixels; ++i) {
        variance += (x[start + i] - mean) * (x[start + i] - mean) / count;
      }
      for (int64_t i = 0; i < group_channels * pixels; ++i) {
        const int64_t c = g * group_channels + i / pixels;
        const double normalised = (x[start + i] - mean) / std::sqrt(variance + eps);
        out[start + i] = static_cast<float>(normalised * weight_at(gain, c) + weight_at(shift, c));
      }
    }
  }
}

void layer_norm(const float* x, int64_t rows, int64_t channels, const Weight& gain,
                const Weight& shift, float eps, float* out) {
  for (int64_t row = 0; row < rows; ++row) {
    const float* line = x + row * channels;
    const auto count = static_cast<double>(channels);
    double mean = 0.0;
    for (int64_t c = 0; c < channels; ++c) mean += line[c] / count;
    double variance = 0.0;
    for (int64_t c = 0; c < channels; ++c) variance += (line[c] - mean) * (line[c] - mean) / count;
    for (int64_t c = 0; c < channels; ++c) {
      const double normalised = (line[c] - mean) / std::sqrt(variance + eps);
      out[row * channels + c] =
          static_cast<float>(normalised * weight_at(gain, c) + weight_at(shift, c));
    }
  }
}

}  // namespace tensor::kernels::reference
