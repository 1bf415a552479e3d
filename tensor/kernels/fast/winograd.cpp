#include "tensor/kernels/fast/winograd.h"

#include <algorithm>
#include <span>
#include <vector>

#include "tensor/kernels/fast/gemm.h"
#include "tensor/kernels/storage.h"

// A 3 x 3 convolution in fewer multiplications: Winograd's F(2 x 2, 3 x 3).
//
// In one dimension, two neighbouring outputs of a filter g look at four inputs d:
//
//   y0 = d0 g0 + d1 g1 + d2 g2
//   y1 = d1 g0 + d2 g1 + d3 g2
//
// Six multiplications, or four:
//
//   m0 = (d0 - d2) g0                      y0 = m0 + m1 + m2
//   m1 = (d1 + d2) (g0 + g1 + g2) / 2      y1 = m1 - m2 - m3
//   m2 = (d2 - d1) (g0 - g1 + g2) / 2
//   m3 = (d1 - d3) g2
//
// In two dimensions the same is done along the columns and then along the rows: a tile of 4 x 4
// inputs d and the 3 x 3 filter g become 16 numbers each, V = B^T d B and U = G g G^T; their
// products M = U * V, number by number, give the 2 x 2 outputs A^T M A with 16 multiplications
// instead of 36. The sum over the input channels can be taken of M, so for each of the 16 places it
// is a matrix product, M (outputs, tiles) = U (outputs, channels) V (channels, tiles), and nearly
// all of the work is there. Only halves and sums are involved, so hardly a digit is lost: the error
// is that of the plain sum.
//
// An image that is enlarged before it is filtered, each pixel becoming 2 x 2, needs fewer still:
// d1 = d2 in every tile, so the numbers with d2 - d1 are 0, and 9 of the 16 places are left. The
// enlarged image is never built.
//
// A task makes some outputs of a run of tiles, channel chunk by channel chunk, and adds up M. V is
// made again for each block of outputs and U for each run of tiles; both take about a tenth of the
// product's time, and so neither is ever stored as a whole.
//
// Source: Lavin, Gray: "Fast algorithms for convolutional neural networks" (arXiv 1509.09308).

namespace tensor::kernels {

namespace {

constexpr int64_t places = 16;  // of a 4 x 4 tile
constexpr int64_t all_places[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
constexpr int64_t enlarged_places[] = {0, 1, 3, 4, 5, 7, 12, 13, 15};  // the others hold zeros
constexpr int64_t block_outputs = 320;                                 // at most
constexpr int64_t run_panels = 8;                                      // of tiles
constexpr int64_t chunk_channels = 128;
constexpr int64_t skew = 16;  // between the places' numbers, which else share one spot of a cache
static_assert(chunk_channels % panel_width == 0 && lanes <= skew);
constexpr int64_t tap_lines = 16;                         // 9, and room for whole vectors
constexpr int64_t line_width = 2 * (panel_width + skew);  // of a panel's tiles: 2 each, and 2 more

/// Tiles are counted row by row through all images. These are neighbours in one row of tiles; the
/// first of them is tile `start` of its panel.
struct Segment {
  int64_t image, tile_y, tile_x, count;
  int64_t start;
};

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
  using Numbers = std::shared_ptr<float[]>;
  // (outputs, channels)
  Numbers u = allocate(places * (left_room(widest_form, block_outputs, chunk_channels) + skew));
  // The panels of each place, one behind the other: each (channels, tiles) or (outputs, tiles).
  Numbers v = allocate(places * (run_panels * panel_room(widest_form, chunk_channels) + skew));
  Numbers m = allocate(places * (run_panels * block_outputs * panel_width + skew));
  float filters[9 * chunk_channels + tap_lines] = {};
  float taps[tap_lines * chunk_channels] = {};
  float lines[4 * line_width] = {};
  float sums[4 * line_width] = {};
};

/// U = G g G^T of one output for a chunk of channels; place k's numbers lie `step` apart.
void transform_filters(const Weight& w, int64_t first_filter, int64_t channels, Scratch& scratch,
                       float* u, int64_t step) {
  const char* bytes = static_cast<const char*>(w.data) + first_filter * 9 * size_of(w.dtype);
  widen(bytes, w.dtype, channels * 9, scratch.filters);
  pack_rows(scratch.filters, channels, tap_lines, 9, scratch.taps);
  for (int64_t c = 0; c < channels; c += lanes) {
    const float* taps = scratch.taps + c / panel_width * panel_width * tap_lines + c % panel_width;
    Vector g[4][3];  // G g
    for (int64_t j = 0; j < 3; ++j) {
      const Vector g0 = load(taps + j * panel_width);
      const Vector g1 = load(taps + (3 + j) * panel_width);
      const Vector g2 = load(taps + (6 + j) * panel_width);
      g[0][j] = g0;
      g[1][j] = 0.5f * (g0 + g1 + g2);
      g[2][j] = 0.5f * (g0 - g1 + g2);
      g[3][j] = g2;
    }
    for (int64_t i = 0; i < 4; ++i) {
      float* row = u + i * 4 * step + c;
      store(g[i][0], row);
      store(0.5f * (g[i][0] + g[i][1] + g[i][2]), row + step);
      store(0.5f * (g[i][0] - g[i][1] + g[i][2]), row + 2 * step);
      store(g[i][2], row + 3 * step);
    }
  }
}

/// The inputs x .. x + width - 1 of the image's row y: where they lie, or, as what lies outside
/// of the image is 0, a copy of them in `line`.
const float* find_line(const float* plane, const Conv2dShape& s, int64_t y, int64_t x,
                       int64_t width, float* line) {
  const bool inside = y >= 0 && y < s.height;
  if (inside && x >= 0 && x + width <= s.width) return plane + y * s.width + x;
  const int64_t low = std::clamp(-x, int64_t{0}, width);
  const int64_t high = inside ? std::clamp(s.width - x, low, width) : low;
  std::fill_n(line, low, 0.0f);
  if (high > low) std::copy_n(plane + y * s.width + x + low, high - low, line + low);
  std::fill_n(line + high, width - high, 0.0f);
  return line;
}

/// V = B^T d B of one channel for a segment; place k's numbers lie `step` apart. It writes whole
/// vectors: what is too much is overwritten by the next segment, or falls into the skew.
void transform_inputs(const float* plane, const Conv2dShape& s, const Segment& segment,
                      Scratch& scratch, float* v, int64_t step) {
  const int64_t width = 2 * segment.count + 2;
  const float* lines[4];
  for (int64_t i = 0; i < 4; ++i) {
    lines[i] = find_line(plane, s, 2 * segment.tile_y + i - s.pad_top,
                         2 * segment.tile_x - s.pad_left, width, scratch.lines + i * line_width);
  }
  float* sums = scratch.sums;
#pragma omp simd
  for (int64_t x = 0; x < width; ++x) {  // B^T d
    const float d0 = lines[0][x], d1 = lines[1][x], d2 = lines[2][x], d3 = lines[3][x];
    sums[x] = d0 - d2;
    sums[line_width + x] = d1 + d2;
    sums[2 * line_width + x] = d2 - d1;
    sums[3 * line_width + x] = d1 - d3;
  }
  for (int64_t i = 0; i < 4; ++i) {
    for (int64_t t = 0; t < segment.count; t += lanes) {
      const float* line = sums + i * line_width + 2 * t;
      const Vector a = load(line), b = load(line + lanes);
      const Vector c = load(line + 2), d = load(line + lanes + 2);
      const Vector d0 = evens(a, b), d1 = odds(a, b), d2 = evens(c, d), d3 = odds(c, d);
      float* row = v + i * 4 * step + t;
      store(d0 - d2, row);
      store(d1 + d2, row + step);
      store(d2 - d1, row + 2 * step);
      store(d1 - d3, row + 3 * step);
    }
  }
}

/// The same for an image that is seen enlarged. The pixels of a tile's row are the left
/// neighbour's, twice the tile's own and the right neighbour's; so are those of a column.
void transform_enlarged_inputs(const float* plane, const Conv2dShape& s, const Segment& segment,
                               Scratch& scratch, float* v, int64_t step) {
  const int64_t width = segment.count + 2;
  const float* lines[3];
  for (int64_t i = 0; i < 3; ++i) {
    lines[i] = find_line(plane, s, segment.tile_y + i - 1, segment.tile_x - 1, width,
                         scratch.lines + i * line_width);
  }
  float* sums = scratch.sums;
#pragma omp simd
  for (int64_t x = 0; x < width; ++x) {
    const float above = lines[0][x], own = lines[1][x], below = lines[2][x];
    sums[x] = above - own;
    sums[line_width + x] = own + own;
    sums[3 * line_width + x] = own - below;
  }
  for (const int64_t i : {0, 1, 3}) {
    for (int64_t t = 0; t < segment.count; t += lanes) {
      const float* line = sums + i * line_width + t;
      const Vector left = load(line), own = load(line + 1), right = load(line + 2);
      float* row = v + i * 4 * step + t;
      store(left - own, row);
      store(own + own, row + step);
      store(own - right, row + 3 * step);
    }
  }
}

/// A^T M A + bias of one output for a segment, written where the image has room: an odd height or
/// width cuts the last tiles in half.
void transform_outputs(const float* m, int64_t step, float bias, const Conv2dShape& s,
                       const Segment& segment, Scratch& scratch, float* plane) {
  float* upper = scratch.lines;
  float* lower = upper + line_width;
  for (int64_t t = 0; t < segment.count; t += lanes) {
    Vector rows[2][4];  // A^T M
    for (int64_t j = 0; j < 4; ++j) {
      const Vector m0 = load(m + j * step + t), m1 = load(m + (4 + j) * step + t);
      const Vector m2 = load(m + (8 + j) * step + t), m3 = load(m + (12 + j) * step + t);
      rows[0][j] = m0 + m1 + m2;
      rows[1][j] = m1 - m2 - m3;
    }
    for (int64_t i = 0; i < 2; ++i) {
      const Vector left = rows[i][0] + rows[i][1] + rows[i][2] + bias;
      const Vector right = rows[i][1] - rows[i][2] - rows[i][3] + bias;
      float* line = (i == 0 ? upper : lower) + 2 * t;
      store(interleave_lower(left, right), line);
      store(interleave_upper(left, right), line + lanes);
    }
  }
  const int64_t y = 2 * segment.tile_y;
  const int64_t x = 2 * segment.tile_x;
  const int64_t width = std::min(2 * segment.count, s.out_width - x);
  std::copy_n(upper, width, plane + y * s.out_width + x);
  if (y + 1 < s.out_height) std::copy_n(lower, width, plane + (y + 1) * s.out_width + x);
}

/// The channels of a chunk, as many in each as can be: 192 are cut into 96 and 96, not 128 and 64.
int64_t even_chunk(int64_t channels) {
  const int64_t even = divide_up(channels, divide_up(channels, chunk_channels));
  return divide_up(even, lanes) * lanes;
}

/// What one task makes: outputs first_output .. + outputs - 1 of some panels of tiles.
struct Task {
  int64_t first_output, outputs;
  std::vector<std::vector<Segment>> panels;
};

void run(const Task& task, const float* x, const Weight& w, const float* biases,
         const Conv2dShape& s, Scratch& scratch, float* out) {
  const Form form = float_form(DType::f32);
  const auto panels = static_cast<int64_t>(task.panels.size());
  const int64_t m_panel = task.outputs * panel_width, m_step = panels * m_panel + skew;
  const bool enlarged = s.zoom == 2;
  const auto transform = enlarged ? transform_enlarged_inputs : transform_inputs;
  std::span<const int64_t> used = all_places;
  if (enlarged) used = enlarged_places;
  if (enlarged) std::fill_n(scratch.m.get(), places * m_step, 0.0f);
  const int64_t chunk = even_chunk(s.channels);
  for (int64_t channel = 0; channel < s.channels; channel += chunk) {
    const int64_t channels = std::min(chunk, s.channels - channel);
    const int64_t u_row = row_room(form, channels);
    const int64_t u_step = left_room(form, task.outputs, channels) + skew;
    const int64_t v_panel = panel_room(form, channels), v_step = panels * v_panel + skew;
    for (int64_t o = 0; o < task.outputs; ++o) {
      float* row = scratch.u.get() + o * u_row;
      float* numbers = row + u_row - channels;
      transform_filters(w, (task.first_output + o) * s.channels + channel, channels, scratch,
                        numbers, u_step);
      for (const int64_t k : used) {
        lay_out(form, {numbers + k * u_step, channels}, 1, channels, row + k * u_step);
      }
    }
    for (int64_t p = 0; p < panels; ++p) {
      for (int64_t c = 0; c < channels; ++c) {
        float* line = lines_in(form, scratch.v.get() + p * v_panel, channels) + c * panel_width;
        for (const Segment& segment : task.panels[p]) {
          const int64_t plane = segment.image * s.channels + channel + c;
          transform(x + plane * s.height * s.width, s, segment, scratch, line + segment.start,
                    v_step);
        }
      }
      for (const int64_t k : used) {
        lay_out_panel(form, scratch.v.get() + k * v_step + p * v_panel, channels);
      }
    }
    for (const int64_t k : used) {
      for (int64_t p = 0; p < panels; ++p) {
        multiply(form, task.outputs, channels, {scratch.u.get() + k * u_step, u_row},
                 scratch.v.get() + k * v_step + p * v_panel,
                 scratch.m.get() + k * m_step + p * m_panel, panel_width,
                 channel == 0 ? Result::replace : Result::add, tiles_of(task.panels[p]));
      }
    }
  }
  for (int64_t o = 0; o < task.outputs; ++o) {
    for (int64_t p = 0; p < panels; ++p) {
      const float* line = scratch.m.get() + p * m_panel + o * panel_width;
      for (const Segment& segment : task.panels[p]) {
        const int64_t plane = segment.image * s.outputs + task.first_output + o;
        transform_outputs(line + segment.start, m_step, biases[task.first_output + o], s, segment,
                          scratch, out + plane * s.out_height * s.out_width);
      }
    }
  }
}

}  // namespace

bool suits_winograd(const Conv2dShape& s) {
  const bool same_tiles = s.zoom == 1 || (s.zoom == 2 && s.pad_top == 1 && s.pad_left == 1);
  // In pieces the product is so fast that a small image is not worth the transforms.
  const int64_t least_area = float_form(DType::f32).in_pieces() ? 256 : 64;
  return s.kernel == 3 && s.stride == 1 && same_tiles && s.channels >= 32 && s.outputs >= 3 &&
         s.out_height * s.out_width >= least_area;
}

void conv2d_winograd(const float* x, const Weight& w, const Weight& bias, const Conv2dShape& s,
                     float* out) {
  std::vector<float> biases(s.outputs, 0.0f);
  if (bias.data) widen(bias.data, bias.dtype, s.outputs, biases.data());
  const int64_t tiles = s.batch * divide_up(s.out_width, 2) * divide_up(s.out_height, 2);
  const int64_t panels = divide_up(tiles, panel_width);
  const int64_t runs = divide_up(panels, run_panels);
  // A block more than is needed costs another transform of the inputs, but keeps all threads busy.
  const int64_t busy = std::min(divide_up(threads(), runs), divide_up(s.outputs, panel_width));
  const int64_t blocks = std::max(divide_up(s.outputs, block_outputs), busy);
#pragma omp parallel num_threads(threads())
  {
    static thread_local Scratch scratch;
#pragma omp for collapse(2) schedule(dynamic)
    for (int64_t block = 0; block < blocks; ++block) {
      for (int64_t i = 0; i < runs; ++i) {
        const int64_t output = s.outputs * block / blocks;
        Task task = {output, s.outputs * (block + 1) / blocks - output, {}};
        for (int64_t p = panels * i / runs; p < panels * (i + 1) / runs; ++p) {
          const int64_t first = p * panel_width;
          task.panels.push_back(segments_of(first, std::min(panel_width, tiles - first), s));
        }
        run(task, x, w, biases.data(), s, scratch, out);
      }
    }
  }
}

}  // namespace tensor::kernels
