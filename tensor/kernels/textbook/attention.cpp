#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "tensor/kernels/kernels.h"

// Attention as the paper defines it, one query at a time, in five passes over the keys:
//
//   1. scores        a[s] = sum_d q[t, d] k[s, d] / sqrt(D)
//   2. maximum       m    = max_s a[s]            so that no exponential overflows
//   3. exponentials  e[s] = exp(a[s] - m),   l = sum_s e[s]
//   4. weights       p[s] = e[s] / l              1 to 4: softmax
//   5. sums          out[t, d] = sum_s p[s] v[s, d]
//
// Source: Vaswani et al.: "Attention is all you need" (arXiv 1706.03762), equation 1.

namespace tensor::kernels::textbook {

namespace {

/// Row t of the attention weights, for the keys that query t attends to: passes 1 to 4. The rows
/// of k lie `stride` apart.
std::vector<double> softmax_row(const float* q, const float* k, int64_t keys, int64_t stride,
                                int64_t head_size) {
  std::vector<double> row(static_cast<size_t>(keys));

  // 1. Scores: the similarity of the query and each key.
  for (int64_t s = 0; s < keys; ++s) {
    double sum = 0.0;
    for (int64_t d = 0; d < head_size; ++d) {
      const double q_td = q[d], k_sd = k[s * stride + d];
      sum += q_td * k_sd;
    }
    row[s] = sum / std::sqrt(static_cast<double>(head_size));
  }

  // 2. The largest score.
  double largest = -std::numeric_limits<double>::infinity();
  for (int64_t s = 0; s < keys; ++s) largest = std::max(largest, row[s]);

  // 3. Exponentials and their sum.
  double sum = 0.0;
  for (int64_t s = 0; s < keys; ++s) {
    row[s] = std::exp(row[s] - largest);
    sum += row[s];
  }

  // 4. Weights, whose sum is 1.
  for (int64_t s = 0; s < keys; ++s) row[s] /= sum;
  return row;
}

/// The offset of a head's vector in row t of image n, where each image has `rows` rows.
int64_t head_start(const AttentionShape& s, int64_t rows, int64_t n, int64_t t, int64_t h) {
  return ((n * rows + t) * s.heads + h) * s.head_size;
}

/// The keys that query t attends to.
int64_t visible_keys(const AttentionShape& s, int64_t t) {
  return s.causal ? std::min(s.keys, t + 1) : s.keys;
}

}  // namespace

void attention(const float* q, const float* k, const float* v, const AttentionShape& shape,
               float* out) {
  const int64_t stride = shape.heads * shape.head_size;
  for (int64_t n = 0; n < shape.batch; ++n) {
    for (int64_t h = 0; h < shape.heads; ++h) {
      const int64_t first = head_start(shape, shape.keys, n, 0, h);
      for (int64_t t = 0; t < shape.queries; ++t) {
        const int64_t query = head_start(shape, shape.queries, n, t, h);
        const int64_t keys = visible_keys(shape, t);
        const std::vector<double> p =
            softmax_row(q + query, k + first, keys, stride, shape.head_size);

        // 5. Sums: the mean of the values with these weights.
        for (int64_t d = 0; d < shape.head_size; ++d) {
          double sum = 0.0;
          for (int64_t s = 0; s < keys; ++s) {
            const double v_sd = v[first + s * stride + d];
            sum += p[s] * v_sd;
          }
          out[query + d] = static_cast<float>(sum);
        }
      }
    }
  }
}

void attention_weights(const float* q, const float* k, const AttentionShape& shape, float* out) {
  const int64_t stride = shape.heads * shape.head_size;
  for (int64_t n = 0; n < shape.batch; ++n) {
    for (int64_t h = 0; h < shape.heads; ++h) {
      const float* keys = k + head_start(shape, shape.keys, n, 0, h);
      for (int64_t t = 0; t < shape.queries; ++t, out += shape.keys) {
        const float* query = q + head_start(shape, shape.queries, n, t, h);
        const std::vector<double> p =
            softmax_row(query, keys, visible_keys(shape, t), stride, shape.head_size);
        std::fill(out, out + shape.keys, 0.0f);
        std::copy(p.begin(), p.end(), out);
      }
    }
  }
}

}  // namespace tensor::kernels::textbook
