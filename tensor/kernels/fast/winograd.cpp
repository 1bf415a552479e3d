#include "tensor/kernels/fast/winograd.h"

#include <algorithm>
#include <span>
#include <vector>

#include "tensor/kernels/convert.h"
#include "tensor/kernels/fast/gemm.h"
#include "tensor/kernels/fast/winograd_transforms.h"
#include "tensor/kernels/first_error.h"
#include "tensor/kernels/storage.h"

// A 3 x 3 convolution in fewer multiplications: Winograd's F(2 x 2, 3 x 3).
//
// In one dimension, two neighbouring outputs of a filter g depend on four inputs d:
//
//   y0 = d0 g0 + d1 g1 + d2 g2
//   y1 = d1 g0 + d2 g1 + d3 g2
//
// These are six multiplications. Four are enough:
//
//   m0 = (d0 - d2) g0                      y0 = m0 + m1 + m2
//   m1 = (d1 + d2) (g0 + g1 + g2) / 2      y1 = m1 - m2 - m3
//   m2 = (d2 - d1) (g0 - g1 + g2) / 2
//   m3 = (d1 - d3) g2
//
// In two dimensions the same is done along the columns and then along the rows: a tile of 4 x 4
// inputs d and the 3 x 3 filter g are transformed to 16 elements each, V = B^T d B and U = G g G^T;
// their elementwise product M = U * V gives the 2 x 2 outputs A^T M A with 16 multiplications
// instead of 36. The sum over the input channels can be taken of M. So for each of the 16 elements
// xi it is a matrix product, M (outputs, tiles) = U (outputs, channels) V (channels, tiles), with
// nearly all of the work. The transforms only add and halve, so they hardly lose a digit: the error
// is that of the plain sum.
//
// With an upsample factor of 2 each pixel becomes 2 x 2 before the filter. Then d1 = d2 in every
// tile, so the elements with d2 - d1 are 0, and 9 of the 16 remain. The upsampled image is never
// built.
//
// A task computes some outputs of a run of tiles, one chunk of channels after the other, and adds
// up M. V is computed again for each block of outputs and U for each run of tiles; both take about
// a tenth of the product's time, and so neither is ever stored as a whole.
//
// Source: Lavin, Gray: "Fast algorithms for convolutional neural networks" (arXiv 1509.09308).

namespace tensor::kernels::fast {

namespace {

bool is_on = true;

constexpr int64_t tile_elements = 16;  // of a 4 x 4 tile
constexpr int64_t all_elements[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
constexpr int64_t upsampled_elements[] = {0, 1, 3, 4, 5, 7, 12, 13, 15};  // the others are 0
constexpr int64_t block_outputs = 320;                                    // at most
constexpr int64_t run_panels = 8;                                         // of tiles

/// Cuts a panel of tiles, first .. first + count - 1, where rows end.
std::vector<Segment> segments_of(int64_t first, int64_t count, const Conv2dShape& s) {
  const int64_t across = divide_up(s.out_width, 2), down = divide_up(s.out_height, 2);
  std::vector<Segment> segments;
  for (int64_t start = 0; start < count;) {
    const int64_t row = (first + start) / across, tile_x = (first + start) % across;
    const int64_t length = std::min(across - tile_x, count - start);
    segments.push_back({row / down, row % down, tile_x, length, start});
    start += length;
  }
  return segments;
}

int64_t tiles_of(const std::vector<Segment>& panel) {
  return panel.back().start + panel.back().count;
}

/// One thread's scratch memory.
struct Scratch {
  using Array = std::shared_ptr<float[]>;
  // (outputs, channels)
  Array u =
      allocate(tile_elements * (largest_gemm().staged_a_size(block_outputs, chunk_channels) + pad));
  // The panels of each element, one after the other: each (channels, tiles) or (outputs, tiles).
  Array v =
      allocate(tile_elements * (run_panels * largest_gemm().packed_b_size(chunk_channels) + pad));
  Array m = allocate(tile_elements * (run_panels * block_outputs * panel_width + pad));
  TransformScratch transform;
};

/// The channels of a chunk, about as many in each: 192 are cut into 96 and 96, not 128 and 64.
int64_t even_chunk(int64_t channels) {
  const int64_t even = divide_up(channels, divide_up(channels, chunk_channels));
  return divide_up(even, lanes) * lanes;
}

/// Outputs first_output .. first_output + outputs - 1 of some panels of tiles.
struct Task {
  int64_t first_output, outputs;
  std::vector<std::vector<Segment>> panels;
};

/// The strides of one task's products for a chunk of channels: between rows, panels and the arrays
/// of the 16 elements in U, V and M.
struct Steps {
  Steps(const Gemm& gemm, int64_t outputs, int64_t panels, int64_t channels)
      : u_row(gemm.staged_row_size(channels)),
        u(gemm.staged_a_size(outputs, channels) + pad),
        v_panel(gemm.packed_b_size(channels)),
        v(panels * v_panel + pad),
        m_panel(outputs * panel_width),
        m(panels * m_panel + pad) {}

  int64_t u_row, u, v_panel, v, m_panel, m;
};

/// Channels channel .. channel + channels - 1 of a task, and the elements xi that are not 0.
struct Chunk {
  const Gemm& gemm;
  const Task& task;
  int64_t channel, channels;
  Steps step;
  std::span<const int64_t> elements;
};

/// U of all outputs, packed as operand A.
void make_u(const Chunk& c, const Weight& w, const Conv2dShape& s, Scratch& scratch) {
  for (int64_t o = 0; o < c.task.outputs; ++o) {
    float* row = scratch.u.get() + o * c.step.u_row;
    float* staged = row + c.step.u_row - c.channels;
    transform_filters(w, (c.task.first_output + o) * s.in_channels + c.channel, c.channels,
                      scratch.transform, staged, c.step.u);
    for (const int64_t xi : c.elements) {
      c.gemm.pack_a({staged + xi * c.step.u, c.channels}, 1, c.channels, row + xi * c.step.u);
    }
  }
}

/// V of all panels, packed as operand B.
void make_v(const Chunk& c, const float* x, const Conv2dShape& s, Scratch& scratch) {
  const auto transform = s.upsample == 2 ? transform_upsampled_inputs : transform_inputs;
  for (size_t p = 0; p < c.task.panels.size(); ++p) {
    float* panel = scratch.v.get() + static_cast<int64_t>(p) * c.step.v_panel;
    for (int64_t i = 0; i < c.channels; ++i) {
      float* row = c.gemm.staged_b(panel, c.channels) + i * panel_width;
      for (const Segment& segment : c.task.panels[p]) {
        const int64_t plane = segment.image * s.in_channels + c.channel + i;
        transform(x + plane * s.height * s.width, s, segment, scratch.transform,
                  row + segment.start, c.step.v);
      }
    }
    for (const int64_t xi : c.elements) c.gemm.pack_b(panel + xi * c.step.v, c.channels);
  }
}

/// M = U V, or M += U V, for each element xi.
void multiply_elements(const Chunk& c, Scratch& scratch) {
  const Accumulate accumulate = c.channel == 0 ? Accumulate::no : Accumulate::yes;
  for (const int64_t xi : c.elements) {
    const float* v = scratch.v.get() + xi * c.step.v;
    float* m = scratch.m.get() + xi * c.step.m;
    for (const auto& panel : c.task.panels) {
      c.gemm.multiply(c.task.outputs, c.channels, {scratch.u.get() + xi * c.step.u, c.step.u_row},
                      v, m, panel_width, accumulate, tiles_of(panel));
      v += c.step.v_panel;
      m += c.step.m_panel;
    }
  }
}

void run(const Task& task, const float* x, const Weight& w, const float* biases,
         const Conv2dShape& s, Scratch& scratch, float* out) {
  const Gemm& gemm = gemm_for(DType::f32);
  const auto panels = static_cast<int64_t>(task.panels.size());
  std::span<const int64_t> elements = all_elements;
  if (s.upsample == 2) elements = upsampled_elements;
  const Steps m_steps(gemm, task.outputs, panels, 0);
  if (s.upsample == 2) std::fill_n(scratch.m.get(), tile_elements * m_steps.m, 0.0f);
  const int64_t size = even_chunk(s.in_channels);
  for (int64_t channel = 0; channel < s.in_channels; channel += size) {
    const int64_t channels = std::min(size, s.in_channels - channel);
    const Chunk chunk = {gemm,    task, channel, channels, {gemm, task.outputs, panels, channels},
                         elements};
    make_u(chunk, w, s, scratch);
    make_v(chunk, x, s, scratch);
    multiply_elements(chunk, scratch);
  }
  for (int64_t o = 0; o < task.outputs; ++o) {
    for (int64_t p = 0; p < panels; ++p) {
      const float* row = scratch.m.get() + p * m_steps.m_panel + o * panel_width;
      for (const Segment& segment : task.panels[p]) {
        const int64_t plane = segment.image * s.out_channels + task.first_output + o;
        transform_outputs(row + segment.start, m_steps.m, biases[task.first_output + o], s, segment,
                          scratch.transform, out + plane * s.out_height * s.out_width);
      }
    }
  }
}

}  // namespace

void set_winograd(bool on) { is_on = on; }

bool suits_winograd(const Conv2dShape& s) {
  const bool same_tiles = s.upsample == 1 || (s.upsample == 2 && s.pad_top == 1 && s.pad_left == 1);
  return is_on && s.kernel == 3 && s.stride == 1 && same_tiles && s.in_channels >= 32 &&
         s.out_channels >= 3 &&
         s.out_height * s.out_width >= gemm_for(DType::f32).min_winograd_area();
}

void conv2d_winograd(const float* x, const Weight& w, const Weight& bias, const Conv2dShape& s,
                     float* out) {
  const std::vector<float> biases = widened(bias, s.out_channels);
  const int64_t tiles = s.batch * divide_up(s.out_width, 2) * divide_up(s.out_height, 2);
  const int64_t panels = divide_up(tiles, panel_width);
  const int64_t runs = divide_up(panels, run_panels);
  // More blocks of outputs keep all threads busy, but each repeats the transform of the inputs.
  const int team =
      threads_for(9.0 * s.batch * s.out_height * s.out_width * s.in_channels * s.out_channels);
  const int64_t busy = std::min(divide_up(team, runs), divide_up(s.out_channels, panel_width));
  const int64_t blocks = std::max(divide_up(s.out_channels, block_outputs), busy);
  FirstError error;
#pragma omp parallel for collapse(2) schedule(dynamic) num_threads(team)
  for (int64_t block = 0; block < blocks; ++block) {
    for (int64_t i = 0; i < runs; ++i) {
      error.run([&] {
        static thread_local Scratch scratch;
        const int64_t output = s.out_channels * block / blocks;
        Task task = {output, s.out_channels * (block + 1) / blocks - output, {}};
        for (int64_t p = panels * i / runs; p < panels * (i + 1) / runs; ++p) {
          const int64_t first = p * panel_width;
          task.panels.push_back(segments_of(first, std::min(panel_width, tiles - first), s));
        }
        run(task, x, w, biases.data(), s, scratch, out);
      });
    }
  }
  error.rethrow();
}

}  // namespace tensor::kernels::fast
