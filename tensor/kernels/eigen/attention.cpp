#include <algorithm>
#include <cmath>
#include <utility>

#include "tensor/kernels/eigen/matrix.h"
#include "tensor/kernels/first_error.h"
#include "tensor/kernels/kernels.h"

// Attention by two matrix products for each head: scores = Q K^T / sqrt(D), P = softmax over each
// row of the scores, and out = P V. A task computes a block of 256 queries of one head, so its
// scores are (256, keys).

namespace tensor::kernels::eigen {

namespace {

constexpr int64_t block_queries = 256;

/// Each row becomes softmax(row). Query first + i attends to the keys s <= first + i if causal.
void softmax_rows(Matrix& scores, bool causal, int64_t first) {
  for (int64_t i = 0; i < scores.rows(); ++i) {
    const int64_t keys = scores.cols();
    const int64_t visible = causal ? std::min(keys, first + i + 1) : keys;
    auto row = scores.row(i).head(visible);
    row = (row.array() - row.maxCoeff()).exp();
    row /= row.sum();
    scores.row(i).tail(keys - visible).setZero();
  }
}

}  // namespace

void attention(const float* q, const float* k, const float* v, const AttentionShape& s,
               float* out) {
  const int64_t width = s.heads * s.head_size;
  const int64_t blocks = (s.queries + block_queries - 1) / block_queries;
  const float scale = 1.0f / std::sqrt(static_cast<float>(s.head_size));
  const int team = threads_for(2.0 * s.batch * s.queries * s.keys * width);
  FirstError error;
#pragma omp parallel for collapse(3) schedule(dynamic) num_threads(team)
  for (int64_t n = 0; n < s.batch; ++n) {
    for (int64_t h = 0; h < s.heads; ++h) {
      for (int64_t block = 0; block < blocks; ++block) {
        const int64_t first = block * block_queries;
        const int64_t count = std::min(block_queries, s.queries - first);
        const int64_t query = (n * s.queries + first) * width + h * s.head_size;
        const int64_t key = n * s.keys * width + h * s.head_size;
        error.run([&] {
          Matrix scores(count, s.keys);
          multiply_transposed(map(q + query, count, s.head_size, width),
                              map(k + key, s.keys, s.head_size, width), map(scores));
          scores *= scale;
          softmax_rows(scores, s.causal, first);
          multiply(map(std::as_const(scores)), map(v + key, s.keys, s.head_size, width),
                   map(out + query, count, s.head_size, width));
        });
      }
    }
  }
  error.rethrow();
}

}  // namespace tensor::kernels::eigen
