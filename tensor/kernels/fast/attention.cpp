#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "tensor/kernels/fast/gemm.h"
#include "tensor/kernels/fast/vector_math.h"
#include "tensor/kernels/job.h"
#include "tensor/kernels/kernels.h"
#include "tensor/kernels/storage.h"

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
// both products find their panels ready. A panel's scores stay in the L1 cache between them. Keys
// and values lie where they are, or are laid out in pieces once for all queries (pieces.cpp).
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
  Panel(const Form& form, int64_t head_size)
      : queries(allocate(panel_room(form, head_size))), output(head_size * panel_width) {}

  std::shared_ptr<float[]> queries;  // (D, queries), already divided by sqrt(D)
  std::vector<float> output;         // o: (D, queries)
  float largest[panel_width] = {};   // m of each query
  float sum[panel_width] = {};       // l
};

/// Takes up `rows` queries, which lie `stride` apart.
void start(Panel& panel, const Form& form, const float* q, int64_t rows, int64_t stride,
           int64_t head_size) {
  float* lines = lines_in(form, panel.queries.get(), head_size);
  pack_rows(q, rows, head_size, stride, lines);
  const float scale = 1.0f / std::sqrt(static_cast<float>(head_size));
  for (int64_t i = 0; i < head_size * panel_width; ++i) lines[i] *= scale;
  lay_out_panel(form, panel.queries.get(), head_size);
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

/// Keys and values of all heads, block by block, as the left-hand sides of the two products. In
/// pieces they are laid out once for all queries.
struct KeyBlocks {
  KeyBlocks(const Form& form, const AttentionShape& s)
      : form(form),
        blocks_of_head(divide_up(s.keys, key_block)),
        keys(s.batch * s.heads * blocks_of_head),
        values(keys.size()),
        key_room(form.in_pieces() ? left_room(form, key_block, s.head_size) : 0),
        value_room(form.in_pieces() ? left_room(form, s.head_size, key_block) : 0),
        room(allocate(static_cast<int64_t>(keys.size()) * (key_room + value_room))) {}

  /// Block i of a head, whose first key is k and whose first value is v.
  void fill(int64_t head, int64_t i, const float* k, const float* v, const AttentionShape& s) {
    const int64_t stride = s.heads * s.head_size, place = i * key_block * stride;
    const int64_t count = std::min(key_block, s.keys - i * key_block);
    const int64_t block = head * blocks_of_head + i;
    float* own_room = room.get() + block * (key_room + value_room);
    keys[block] = lay_out(form, {k + place, stride}, count, s.head_size, own_room);
    values[block] = lay_out(form, {v + place, 1, stride}, s.head_size, count, own_room + key_room);
  }

  Form form;
  int64_t blocks_of_head;
  std::vector<Left> keys, values;
  int64_t key_room, value_room;
  std::shared_ptr<float[]> room;
};

/// One thread's scratch memory.
struct Scratch {
  Scratch(const Form& form, int64_t head_size) : weights(allocate(panel_room(form, key_block))) {
    for (int64_t p = 0; p < block_panels; ++p) panels.emplace_back(form, head_size);
  }

  std::vector<Panel> panels;
  std::shared_ptr<float[]> weights;
};

/// Queries first .. last - 1 of a head, whose first query is q, go through the keys.
void run(int64_t head, int64_t first, int64_t last, const float* q, const KeyBlocks& blocks,
         const AttentionShape& s, Scratch& scratch, float* out) {
  const Form& form = blocks.form;
  const int64_t stride = s.heads * s.head_size, count = divide_up(last - first, panel_width);
  const auto query = [&](int64_t p) { return first + p * panel_width; };
  const auto rows = [&](int64_t p) { return std::min(panel_width, last - query(p)); };
  for (int64_t p = 0; p < count; ++p) {
    start(scratch.panels[p], form, q + query(p) * stride, rows(p), stride, s.head_size);
  }
  // Behind a causal mask the last query sees keys 0 .. query.
  const int64_t visible = s.causal ? std::min(s.keys, last) : s.keys;
  for (int64_t key = 0; key < visible; key += key_block) {
    const int64_t keys = std::min(key_block, visible - key);
    const int64_t index = head * blocks.blocks_of_head + key / key_block;
    float* scores = lines_in(form, scratch.weights.get(), keys);
    for (int64_t p = 0; p < count; ++p) {
      Panel& panel = scratch.panels[p];
      multiply(form, keys, s.head_size, blocks.keys[index], panel.queries.get(), scores,
               panel_width, Result::replace);
      if (s.causal) {  // query i sees keys 0 .. i
        for (int64_t j = 0; j < keys; ++j) {
          const int64_t blind = std::clamp(key + j - query(p), int64_t{0}, panel_width);
          std::fill_n(scores + j * panel_width, blind, minus_infinity);
        }
      }
      absorb(panel, scores, keys, s.head_size);
      lay_out_panel(form, scratch.weights.get(), keys);
      multiply(form, s.head_size, keys, blocks.values[index], scratch.weights.get(),
               panel.output.data(), panel_width, Result::add);
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
  const Job job("attention", multiply_adds,
                2.0 * s.batch * (s.queries + s.keys) * s.heads * s.head_size);
  if (is_dry_run()) return;
  const Form form = float_form(DType::f32);
  KeyBlocks key_blocks(form, s);
  const int64_t heads = s.batch * s.heads, panels = divide_up(s.queries, panel_width);
  const int64_t blocks = divide_up(panels, block_panels);
  // Where a head's first row is, among `rows` of each image.
  const auto start_of = [&](int64_t head, int64_t rows) {
    return (head / s.heads * rows * s.heads + head % s.heads) * s.head_size;
  };
#pragma omp parallel num_threads(threads_for(multiply_adds))
  {
#pragma omp for collapse(2)
    for (int64_t head = 0; head < heads; ++head) {
      for (int64_t i = 0; i < key_blocks.blocks_of_head; ++i) {
        const int64_t place = start_of(head, s.keys);
        key_blocks.fill(head, i, k + place, v + place, s);
      }
    }
    Scratch scratch(form, s.head_size);
#pragma omp for collapse(2) schedule(dynamic)
    for (int64_t head = 0; head < heads; ++head) {
      for (int64_t i = 0; i < blocks; ++i) {
        const int64_t first = panels * i / blocks * panel_width;
        const int64_t last = std::min(panels * (i + 1) / blocks * panel_width, s.queries);
        const int64_t place = start_of(head, s.queries);
        run(head, first, last, q + place, key_blocks, s, scratch, out + place);
      }
    }
  }
}

}  // namespace tensor::kernels
