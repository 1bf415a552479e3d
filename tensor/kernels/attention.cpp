#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "tensor/kernels/gemm.h"
#include "tensor/kernels/kernels.h"
#include "tensor/kernels/vector_math.h"

// Attention with streamed softmax. The scores of all queries against all keys would be T x S
// numbers a head (671 MB for one image of 1024 x 1024), so a block of queries goes through the keys
// block by block and keeps, for each query, the largest score so far m, the sum l of exp(score -
// m), and the output accumulated with the same weights. When a block brings a larger m', what was
// summed up before is multiplied by exp(m - m'):
//
//   m' = max(m, max_j s_j),  l' = l e^(m - m') + sum_j e^(s_j - m'),  o' = o e^(m - m') + sum_j
//   e^(s_j - m') v_j
//
// At the end o / l is softmax(s) v. No sum is ever taken over numbers larger than 1.
// Source: Milakov, Gimelshein: "Online normalizer calculation for softmax" (arXiv 1805.02867);
// Rabe, Staats: "Self-attention does not need O(n^2) memory" (arXiv 2112.05682).

namespace tensor::kernels {

namespace {

constexpr int64_t query_block = 128;
constexpr int64_t key_block = 256;
constexpr float minus_infinity = -std::numeric_limits<float>::infinity();

/// What one block of queries keeps while it goes through the keys.
struct Stream {
  std::vector<float> queries;  // (block, D), scaled by 1 / sqrt(D)
  std::vector<float> scores;   // (block, key_block)
  std::vector<float> output;   // (block, D)
  std::vector<float> largest;  // m of each query
  std::vector<float> sum;      // l of each query
};

void start(Stream& stream, const float* q, int64_t rows, int64_t stride, int64_t head_size) {
  const float scale = 1.0f / std::sqrt(static_cast<float>(head_size));
  stream.queries.resize(query_block * head_size);
  stream.scores.resize(query_block * key_block);
  stream.output.assign(query_block * head_size, 0.0f);
  stream.largest.assign(query_block, minus_infinity);
  stream.sum.assign(query_block, 0.0f);
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t d = 0; d < head_size; ++d) {
      stream.queries[i * head_size + d] = q[i * stride + d] * scale;
    }
  }
}

/// Turns one query's scores into weights e^(s - m') and rescales what it has summed up so far.
void absorb(float* scores, int64_t count, float& largest, float& sum, float* output,
            int64_t head_size) {
  float top = largest;
  for (int64_t j = 0; j < count; ++j) top = std::max(top, scores[j]);
  const float fade = vector_exp(largest - top);
#pragma omp simd
  for (int64_t j = 0; j < count; ++j) scores[j] = vector_exp(scores[j] - top);
  float added = 0.0f;
#pragma omp simd reduction(+ : added)
  for (int64_t j = 0; j < count; ++j) added += scores[j];
  sum = sum * fade + added;
  largest = top;
#pragma omp simd
  for (int64_t d = 0; d < head_size; ++d) output[d] *= fade;
}

}  // namespace

void attention(const float* q, const float* k, const float* v, const AttentionShape& s,
               float* out) {
  const int64_t stride = s.heads * s.head_size;
  const int64_t blocks = (s.queries + query_block - 1) / query_block;
#pragma omp parallel num_threads(threads())
  {
    Stream stream;
#pragma omp for collapse(3) schedule(dynamic)
    for (int64_t n = 0; n < s.batch; ++n) {
      for (int64_t head = 0; head < s.heads; ++head) {
        for (int64_t block = 0; block < blocks; ++block) {
          const int64_t first = block * query_block;
          const int64_t rows = std::min(query_block, s.queries - first);
          const int64_t head_start = n * s.keys * stride + head * s.head_size;
          const int64_t query_start = (n * s.queries + first) * stride + head * s.head_size;
          start(stream, q + query_start, rows, stride, s.head_size);
          // Behind a causal mask the block's last query sees keys 0 .. first + rows - 1.
          const int64_t visible = s.causal ? std::min(s.keys, first + rows) : s.keys;
          for (int64_t key = 0; key < visible; key += key_block) {
            const int64_t count = std::min(key_block, visible - key);
            gemm(rows, count, s.head_size, {stream.queries.data(), s.head_size},
                 {k + head_start + key * stride, stride}, Orientation::transposed,
                 stream.scores.data(), key_block, Result::replace);
            for (int64_t i = 0; i < rows; ++i) {
              float* scores = stream.scores.data() + i * key_block;
              const int64_t seen =
                  s.causal ? std::clamp(first + i + 1 - key, int64_t{0}, count) : count;
              std::fill(scores + seen, scores + count, minus_infinity);
              absorb(scores, count, stream.largest[i], stream.sum[i],
                     stream.output.data() + i * s.head_size, s.head_size);
            }
            gemm(rows, s.head_size, count, {stream.scores.data(), key_block},
                 {v + head_start + key * stride, stride}, Orientation::plain, stream.output.data(),
                 s.head_size, Result::add);
          }
          for (int64_t i = 0; i < rows; ++i) {
            for (int64_t d = 0; d < s.head_size; ++d) {
              out[query_start + i * stride + d] =
                  stream.output[i * s.head_size + d] / stream.sum[i];
            }
          }
        }
      }
    }
  }
}

}  // namespace tensor::kernels
