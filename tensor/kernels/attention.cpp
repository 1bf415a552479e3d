#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "tensor/kernels/gemm.h"
#include "tensor/kernels/job.h"
#include "tensor/kernels/kernels.h"
#include "tensor/kernels/vector_math.h"

// Attention with streamed softmax. The scores of all queries against all keys would be T x S
// numbers a head (671 MB for one image of 1024 x 1024), so a block of queries goes through the keys
// block by block and keeps, for each query, the largest score so far m, the sum l of e^(s - m), and
// the output o summed up with the same weights. Where a block brings a larger m', what was summed
// up before is multiplied by e^(m - m'):
//
//   m' = max(m, max_j s_j)
//   l' = l e^(m - m') + sum_j e^(s_j - m')
//   o' = o e^(m - m') + sum_j e^(s_j - m') v_j
//
// At the end o / l is softmax(s) v. No sum is ever taken over numbers larger than 1.
//
// Scores and outputs of a block are stored with the queries innermost, (keys, queries) and
// (D, queries): then all of the above works on whole rows, a vector of queries at a time, and the
// long rows are what the matrix product likes.
//
// Source: Milakov, Gimelshein: "Online normalizer calculation for softmax" (arXiv 1805.02867);
// Rabe, Staats: "Self-attention does not need O(n^2) memory" (arXiv 2112.05682).

namespace tensor::kernels {

namespace {

constexpr int64_t query_block = 384;
constexpr int64_t key_block = 256;  // a block of scores takes 400 KB: it stays in the L2 cache
constexpr float minus_infinity = -std::numeric_limits<float>::infinity();

/// What a block of queries keeps while it goes through the keys. One a thread, used again.
struct Stream {
  explicit Stream(int64_t head_size)
      : queries(head_size * query_block),
        scores(key_block * query_block),
        output(head_size * query_block),
        largest(query_block),
        fade(query_block),
        sum(query_block) {}

  std::vector<float> queries;  // (D, queries), already divided by sqrt(D)
  std::vector<float> scores;   // (keys of a block, queries)
  std::vector<float> output;   // o: (D, queries)
  std::vector<float> largest;  // m of each query
  std::vector<float> fade;     // e^(m - m')
  std::vector<float> sum;      // l
};

/// Takes up `rows` queries, which lie `stride` apart.
void start(Stream& stream, const float* q, int64_t rows, int64_t stride, int64_t head_size) {
  const float scale = 1.0f / std::sqrt(static_cast<float>(head_size));
  for (int64_t d = 0; d < head_size; ++d) {
    float* line = stream.queries.data() + d * rows;
    for (int64_t i = 0; i < rows; ++i) line[i] = q[i * stride + d] * scale;
  }
  std::fill(stream.output.begin(), stream.output.end(), 0.0f);
  std::fill(stream.largest.begin(), stream.largest.end(), minus_infinity);
  std::fill(stream.sum.begin(), stream.sum.end(), 0.0f);
}

/// Turns scores into weights e^(s - m') and rescales what was summed up so far. A NaN among the
/// scores is no maximum, but makes its own weight NaN, and so the query's whole output.
void absorb(Stream& stream, int64_t keys, int64_t rows, int64_t head_size) {
  float* largest = stream.largest.data();
  float* fade = stream.fade.data();
  float* sum = stream.sum.data();
  std::copy_n(largest, rows, fade);
  for (int64_t j = 0; j < keys; ++j) {
    const float* line = stream.scores.data() + j * rows;
#pragma omp simd
    for (int64_t i = 0; i < rows; ++i) largest[i] = line[i] > largest[i] ? line[i] : largest[i];
  }
#pragma omp simd
  for (int64_t i = 0; i < rows; ++i) fade[i] = vector_exp(fade[i] - largest[i]);
#pragma omp simd
  for (int64_t i = 0; i < rows; ++i) sum[i] *= fade[i];
  for (int64_t j = 0; j < keys; ++j) {
    float* line = stream.scores.data() + j * rows;
#pragma omp simd
    for (int64_t i = 0; i < rows; ++i) {
      line[i] = vector_exp(line[i] - largest[i]);
      sum[i] += line[i];
    }
  }
  for (int64_t d = 0; d < head_size; ++d) {
    float* line = stream.output.data() + d * rows;
#pragma omp simd
    for (int64_t i = 0; i < rows; ++i) line[i] *= fade[i];
  }
}

void finish(const Stream& stream, int64_t rows, int64_t stride, int64_t head_size, float* out) {
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t d = 0; d < head_size; ++d) {
      out[i * stride + d] = stream.output[d * rows + i] / stream.sum[i];
    }
  }
}

}  // namespace

void attention(const float* q, const float* k, const float* v, const AttentionShape& s,
               float* out) {
  const Job job("attention", 2.0 * s.batch * s.queries * s.keys * s.heads * s.head_size,
                2.0 * s.batch * (s.queries + s.keys) * s.heads * s.head_size);
  if (is_dry_run()) return;
  const int64_t stride = s.heads * s.head_size;
  const int64_t blocks = (s.queries + query_block - 1) / query_block;
#pragma omp parallel num_threads(threads())
  {
    Stream stream(s.head_size);
    float* scores = stream.scores.data();
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
            const int64_t keys = std::min(key_block, visible - key);
            const int64_t place = head_start + key * stride;
            gemm(keys, rows, s.head_size, {k + place, stride}, {stream.queries.data(), rows},
                 scores, rows, Result::replace);
            if (s.causal) {  // query first + i sees keys 0 .. first + i
              for (int64_t j = 0; j < keys; ++j) {
                const int64_t blind = std::clamp(key + j - first, int64_t{0}, rows);
                std::fill_n(scores + j * rows, blind, minus_infinity);
              }
            }
            absorb(stream, keys, rows, s.head_size);
            gemm(s.head_size, rows, keys, {v + place, stride, Orientation::transposed},
                 {scores, rows}, stream.output.data(), rows, Result::add);
          }
          finish(stream, rows, stride, s.head_size, out + query_start);
        }
      }
    }
  }
}

}  // namespace tensor::kernels
