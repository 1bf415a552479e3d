#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "tensor/kernels/job.h"
#include "tensor/kernels/kernels.h"
#include "tensor/kernels/panels.h"
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
// The queries of a block lie in panels, and so do their scores and outputs, (keys, queries) and
// (D, queries): all of the above works on a panel's lines, which hold one number of each query, and
// both products find their panels ready. A panel's scores stay in the L1 cache between them.
//
// Source: Milakov, Gimelshein: "Online normalizer calculation for softmax" (arXiv 1805.02867);
// Rabe, Staats: "Self-attention does not need O(n^2) memory" (arXiv 2112.05682).

namespace tensor::kernels {

namespace {

constexpr int64_t block_panels = 8;
constexpr int64_t key_block = 128;
constexpr float minus_infinity = -std::numeric_limits<float>::infinity();

/// What a panel of queries keeps while it goes through the keys.
struct Panel {
  explicit Panel(int64_t head_size)
      : queries(head_size * panel_width), output(head_size * panel_width) {}

  std::vector<float> queries;       // (D, queries), already divided by sqrt(D)
  std::vector<float> output;        // o: (D, queries)
  float largest[panel_width] = {};  // m of each query
  float sum[panel_width] = {};      // l
};

/// Takes up `rows` queries, which lie `stride` apart.
void start(Panel& panel, const float* q, int64_t rows, int64_t stride, int64_t head_size) {
  pack_rows(q, rows, head_size, stride, panel.queries.data());
  const float scale = 1.0f / std::sqrt(static_cast<float>(head_size));
  for (float& number : panel.queries) number *= scale;
  std::fill(panel.output.begin(), panel.output.end(), 0.0f);
  std::fill_n(panel.largest, panel_width, minus_infinity);
  std::fill_n(panel.sum, panel_width, 0.0f);
}

/// Turns scores (keys, queries) into weights e^(s - m') and rescales what was summed up so far. A
/// NaN among the scores is no maximum, but makes its own weight NaN, and so the query's whole
/// output.
void absorb(Panel& panel, float* scores, int64_t keys, int64_t head_size) {
  float* largest = panel.largest;
  float* sum = panel.sum;
  float fade[panel_width];  // e^(m - m')
  std::copy_n(largest, panel_width, fade);
  for (int64_t j = 0; j < keys; ++j) {
    const float* line = scores + j * panel_width;
#pragma omp simd
    for (int64_t i = 0; i < panel_width; ++i) {
      largest[i] = line[i] > largest[i] ? line[i] : largest[i];
    }
  }
#pragma omp simd
  for (int64_t i = 0; i < panel_width; ++i) fade[i] = vector_exp(fade[i] - largest[i]);
#pragma omp simd
  for (int64_t i = 0; i < panel_width; ++i) sum[i] *= fade[i];
  for (int64_t j = 0; j < keys; ++j) {
    float* line = scores + j * panel_width;
#pragma omp simd
    for (int64_t i = 0; i < panel_width; ++i) {
      line[i] = vector_exp(line[i] - largest[i]);
      sum[i] += line[i];
    }
  }
  for (int64_t d = 0; d < head_size; ++d) {
    float* line = panel.output.data() + d * panel_width;
#pragma omp simd
    for (int64_t i = 0; i < panel_width; ++i) line[i] *= fade[i];
  }
}

void finish(Panel& panel, int64_t rows, int64_t stride, int64_t head_size, float* out) {
  for (int64_t d = 0; d < head_size; ++d) {
    float* line = panel.output.data() + d * panel_width;
#pragma omp simd
    for (int64_t i = 0; i < panel_width; ++i) line[i] /= panel.sum[i];
  }
  unpack_rows(panel.output.data(), rows, head_size, out, stride);
}

}  // namespace

void attention(const float* q, const float* k, const float* v, const AttentionShape& s,
               float* out) {
  const double multiply_adds = 2.0 * s.batch * s.queries * s.keys * s.heads * s.head_size;
  const Job job("attention", multiply_adds,
                2.0 * s.batch * (s.queries + s.keys) * s.heads * s.head_size);
  if (is_dry_run()) return;
  const int64_t stride = s.heads * s.head_size;
  const int64_t panels = divide_up(s.queries, panel_width);
  const int64_t blocks = divide_up(panels, block_panels);
#pragma omp parallel num_threads(threads_for(multiply_adds))
  {
    std::vector<Panel> block(block_panels, Panel(s.head_size));
    std::vector<float> scores(key_block * panel_width);
#pragma omp for collapse(3) schedule(dynamic)
    for (int64_t n = 0; n < s.batch; ++n) {
      for (int64_t head = 0; head < s.heads; ++head) {
        for (int64_t i = 0; i < blocks; ++i) {
          const int64_t first = panels * i / blocks, count = panels * (i + 1) / blocks - first;
          const int64_t head_start = n * s.keys * stride + head * s.head_size;
          const int64_t query_start = n * s.queries * stride + head * s.head_size;
          const auto query = [&](int64_t p) { return (first + p) * panel_width; };
          const auto rows = [&](int64_t p) { return std::min(panel_width, s.queries - query(p)); };
          for (int64_t p = 0; p < count; ++p) {
            start(block[p], q + query_start + query(p) * stride, rows(p), stride, s.head_size);
          }
          // Behind a causal mask the block's last query sees keys 0 .. query.
          const int64_t last = query(count - 1) + rows(count - 1);
          const int64_t visible = s.causal ? std::min(s.keys, last) : s.keys;
          for (int64_t key = 0; key < visible; key += key_block) {
            const int64_t keys = std::min(key_block, visible - key);
            const int64_t place = head_start + key * stride;
            for (int64_t p = 0; p < count; ++p) {
              multiply(keys, s.head_size, {k + place, stride}, block[p].queries.data(),
                       scores.data(), panel_width, Result::replace);
              if (s.causal) {  // query i sees keys 0 .. i
                for (int64_t j = 0; j < keys; ++j) {
                  const int64_t blind = std::clamp(key + j - query(p), int64_t{0}, panel_width);
                  std::fill_n(scores.data() + j * panel_width, blind, minus_infinity);
                }
              }
              absorb(block[p], scores.data(), keys, s.head_size);
              multiply(s.head_size, keys, {v + place, 1, stride}, scores.data(),
                       block[p].output.data(), panel_width, Result::add);
            }
          }
          for (int64_t p = 0; p < count; ++p) {
            finish(block[p], rows(p), stride, s.head_size, out + query_start + query(p) * stride);
          }
        }
      }
    }
  }
}

}  // namespace tensor::kernels
