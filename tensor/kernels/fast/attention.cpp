#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "tensor/kernels/fast/gemm.h"
#include "tensor/kernels/fast/packing.h"
#include "tensor/kernels/fast/vector_math.h"
#include "tensor/kernels/first_error.h"
#include "tensor/kernels/storage.h"

// Attention with an online softmax. The scores of all queries against all keys would be T x S
// values a head (671 MB for one image of 1024 x 1024). So a block of queries runs over the keys
// block by block. For each query it keeps the largest score so far m, the sum l of e^(s - m), and
// the output o, summed with the same weights. Where a block has a larger maximum m', the sums so
// far are multiplied by the rescale factor e^(m - m'):
//
//   m' = max(m, max_j s_j)
//   l' = l e^(m - m') + sum_j e^(s_j - m')
//   o' = o e^(m - m') + sum_j e^(s_j - m') v_j
//
// At the end o / l is softmax(s) v. No weight in a sum is larger than 1.
//
// The queries of a block are packed into panels, and so are their scores and outputs, (keys,
// queries) and (D, queries). The softmax works on the rows of a panel, which hold one element of
// each query, so neither product has to pack its operand B again. A panel's scores stay in the L1
// cache between the two. Keys and values are read in place, or are packed once for all queries
// (bf16x3.cpp).
//
// Source: Milakov, Gimelshein: "Online normalizer calculation for softmax" (arXiv 1805.02867);
// Rabe, Staats: "Self-attention does not need O(n^2) memory" (arXiv 2112.05682).

namespace tensor::kernels::fast {

namespace {

constexpr int64_t block_panels = 8;
constexpr int64_t key_block = 128;
constexpr float minus_infinity = -std::numeric_limits<float>::infinity();

/// A panel of queries, and the state of their online softmax.
struct Panel {
  Panel(const Gemm& gemm, int64_t head_size)
      : queries(allocate(gemm.packed_b_size(head_size))), output(head_size * panel_width) {}

  std::shared_ptr<float[]> queries;  // (D, queries), already divided by sqrt(D)
  std::vector<float> output;         // o: (D, queries)
  float largest[panel_width] = {};   // m of each query
  float sum[panel_width] = {};       // l
};

/// Loads `rows` queries, which lie `stride` apart, and resets the state.
void start(Panel& panel, const Gemm& gemm, const float* q, int64_t rows, int64_t stride,
           int64_t head_size) {
  float* staged = gemm.staged_b(panel.queries.get(), head_size);
  pack_rows(q, rows, head_size, stride, staged);
  const float scale = 1.0f / std::sqrt(static_cast<float>(head_size));
  for (int64_t i = 0; i < head_size * panel_width; ++i) staged[i] *= scale;
  gemm.pack_b(panel.queries.get(), head_size);
  std::fill(panel.output.begin(), panel.output.end(), 0.0f);
  std::fill_n(panel.largest, panel_width, minus_infinity);
  std::fill_n(panel.sum, panel_width, 0.0f);
}

/// The online softmax's update for a block of keys: scores (keys, queries) become weights
/// e^(s - m'), and the sums so far are rescaled. A NaN score is ignored in the maximum, but its
/// weight is NaN, and so is the query's whole output.
void update_softmax(Panel& panel, float* scores, int64_t keys, int64_t head_size) {
  float* largest = panel.largest;
  float* sum = panel.sum;
  float rescale[panel_width];  // e^(m - m')
  std::copy_n(largest, panel_width, rescale);
  for (int64_t j = 0; j < keys; ++j) {
    const float* row = scores + j * panel_width;
#pragma omp simd
    for (int64_t i = 0; i < panel_width; ++i) {
      largest[i] = row[i] > largest[i] ? row[i] : largest[i];
    }
  }
#pragma omp simd
  for (int64_t i = 0; i < panel_width; ++i) rescale[i] = vector_exp(rescale[i] - largest[i]);
#pragma omp simd
  for (int64_t i = 0; i < panel_width; ++i) sum[i] *= rescale[i];
  for (int64_t j = 0; j < keys; ++j) {
    float* row = scores + j * panel_width;
#pragma omp simd
    for (int64_t i = 0; i < panel_width; ++i) {
      row[i] = vector_exp(row[i] - largest[i]);
      sum[i] += row[i];
    }
  }
  for (int64_t d = 0; d < head_size; ++d) {
    float* row = panel.output.data() + d * panel_width;
#pragma omp simd
    for (int64_t i = 0; i < panel_width; ++i) row[i] *= rescale[i];
  }
}

void finish(Panel& panel, int64_t rows, int64_t stride, int64_t head_size, float* out) {
  for (int64_t d = 0; d < head_size; ++d) {
    float* row = panel.output.data() + d * panel_width;
#pragma omp simd
    for (int64_t i = 0; i < panel_width; ++i) row[i] /= panel.sum[i];
  }
  unpack_rows(panel.output.data(), rows, head_size, out, stride);
}

/// Keys and values of all heads, block by block, as the operands A of the two products.
struct KeyBlocks {
  KeyBlocks(const Gemm& gemm, const AttentionShape& s)
      : gemm(gemm),
        blocks_of_head(divide_up(s.keys, key_block)),
        keys(s.batch * s.heads * blocks_of_head),
        values(keys.size()),
        key_size(gemm.packed_a_size(key_block, s.head_size)),
        value_size(gemm.packed_a_size(s.head_size, key_block)),
        workspace(allocate(static_cast<int64_t>(keys.size()) * (key_size + value_size))) {}

  /// Packs block i of a head with the first key k and the first value v.
  void pack(int64_t head, int64_t i, const float* k, const float* v, const AttentionShape& s) {
    const int64_t stride = s.heads * s.head_size, offset = i * key_block * stride;
    const int64_t count = std::min(key_block, s.keys - i * key_block);
    const int64_t block = head * blocks_of_head + i;
    float* packed = workspace.get() + block * (key_size + value_size);
    keys[block] = gemm.pack_a({k + offset, stride}, count, s.head_size, packed);
    values[block] = gemm.pack_a({v + offset, 1, stride}, s.head_size, count, packed + key_size);
  }

  const Gemm& gemm;
  int64_t blocks_of_head;
  std::vector<MatrixView> keys, values;
  int64_t key_size, value_size;
  std::shared_ptr<float[]> workspace;
};

/// One thread's scratch memory.
struct Scratch {
  Scratch(const Gemm& gemm, int64_t head_size) : weights(allocate(gemm.packed_b_size(key_block))) {
    for (int64_t p = 0; p < block_panels; ++p) panels.emplace_back(gemm, head_size);
  }

  std::vector<Panel> panels;
  std::shared_ptr<float[]> weights;
};

/// Attention for queries first .. last - 1 of a head, whose first query is q.
void run(int64_t head, int64_t first, int64_t last, const float* q, const KeyBlocks& blocks,
         const AttentionShape& s, Scratch& scratch, float* out) {
  const Gemm& gemm = blocks.gemm;
  const int64_t stride = s.heads * s.head_size, count = divide_up(last - first, panel_width);
  const auto query = [&](int64_t p) { return first + p * panel_width; };
  const auto rows = [&](int64_t p) { return std::min(panel_width, last - query(p)); };
  for (int64_t p = 0; p < count; ++p) {
    start(scratch.panels[p], gemm, q + query(p) * stride, rows(p), stride, s.head_size);
  }
  // With a causal mask the last query attends to keys 0 .. query.
  const int64_t visible = s.causal ? std::min(s.keys, last) : s.keys;
  for (int64_t key = 0; key < visible; key += key_block) {
    const int64_t keys = std::min(key_block, visible - key);
    const int64_t index = head * blocks.blocks_of_head + key / key_block;
    float* scores = gemm.staged_b(scratch.weights.get(), keys);
    for (int64_t p = 0; p < count; ++p) {
      Panel& panel = scratch.panels[p];
      gemm.multiply(keys, s.head_size, blocks.keys[index], panel.queries.get(), scores, panel_width,
                    Accumulate::no);
      if (s.causal) {  // query i attends to keys 0 .. i
        for (int64_t j = 0; j < keys; ++j) {
          const int64_t masked = std::clamp(key + j - query(p), int64_t{0}, panel_width);
          std::fill_n(scores + j * panel_width, masked, minus_infinity);
        }
      }
      update_softmax(panel, scores, keys, s.head_size);
      gemm.pack_b(scratch.weights.get(), keys);
      gemm.multiply(s.head_size, keys, blocks.values[index], scratch.weights.get(),
                    panel.output.data(), panel_width, Accumulate::yes);
    }
  }
  for (int64_t p = 0; p < count; ++p) {
    finish(scratch.panels[p], rows(p), stride, s.head_size, out + query(p) * stride);
  }
}

}  // namespace

void attention(const float* q, const float* k, const float* v, const AttentionShape& s,
               float* out) {
  const double multiply_adds = 2.0 * s.batch * s.queries * s.keys * s.heads * s.head_size;
  const Gemm& gemm = gemm_for(DType::f32);
  KeyBlocks key_blocks(gemm, s);
  const int64_t heads = s.batch * s.heads, panels = divide_up(s.queries, panel_width);
  const int64_t blocks = divide_up(panels, block_panels);
  // The offset of a head's first row, among `rows` of each image.
  const auto start_of = [&](int64_t head, int64_t rows) {
    return (head / s.heads * rows * s.heads + head % s.heads) * s.head_size;
  };
  FirstError error;
#pragma omp parallel num_threads(threads_for(multiply_adds))
  {
#pragma omp for collapse(2)
    for (int64_t head = 0; head < heads; ++head) {
      for (int64_t i = 0; i < key_blocks.blocks_of_head; ++i) {
        const int64_t offset = start_of(head, s.keys);
        key_blocks.pack(head, i, k + offset, v + offset, s);
      }
    }
    std::optional<Scratch> scratch;
    error.run([&] { scratch.emplace(gemm, s.head_size); });
#pragma omp for collapse(2) schedule(dynamic)
    for (int64_t head = 0; head < heads; ++head) {
      for (int64_t i = 0; i < blocks; ++i) {
        const int64_t first = panels * i / blocks * panel_width;
        const int64_t last = std::min(panels * (i + 1) / blocks * panel_width, s.queries);
        const int64_t offset = start_of(head, s.queries);
        error.run(
            [&] { run(head, first, last, q + offset, key_blocks, s, *scratch, out + offset); });
      }
    }
  }
  error.rethrow();
}

}  // namespace tensor::kernels::fast
