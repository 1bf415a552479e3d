#include "tensor/kernels/winograd.h"

#include <algorithm>
#include <vector>

#include "tensor/kernels/gemm.h"

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
// A task makes some outputs of a run of tiles, channel chunk by channel chunk, and adds up M. V is
// made again for each block of outputs and U for each run of tiles; both take about a tenth of the
// product's time, and so neither is ever stored as a whole.
//
// Source: Lavin, Gray: "Fast algorithms for convolutional neural networks" (arXiv 1509.09308).

namespace tensor::kernels {

namespace {

constexpr int64_t places = 16;  // of a 4 x 4 tile
constexpr int64_t block_outputs = 160;
constexpr int64_t run_tiles = 256;
constexpr int64_t chunk_channels = 64;

int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// Neighbouring tiles of one row of tiles, and where they stand in the run.
struct Segment {
  int64_t tile_y, tile_x, count;
  int64_t start;
};

/// Cuts the run of tiles first .. first + count - 1, counted row by row, where rows end.
std::vector<Segment> segments_of(int64_t first, int64_t count, int64_t tiles_across) {
  std::vector<Segment> segments;
  for (int64_t start = 0; start < count;) {
    const int64_t tile_x = (first + start) % tiles_across;
    const int64_t length = std::min(tiles_across - tile_x, count - start);
    segments.push_back({(first + start) / tiles_across, tile_x, length, start});
    start += length;
  }
  return segments;
}

/// One thread's scratch memory.
struct Scratch {
  std::vector<float> u = std::vector<float>(places * block_outputs * chunk_channels);
  std::vector<float> v = std::vector<float>(places * chunk_channels * run_tiles);
  std::vector<float> m = std::vector<float>(places * block_outputs * run_tiles);
  std::vector<float> filters = std::vector<float>(9 * chunk_channels);
  std::vector<float> taps = std::vector<float>(9 * chunk_channels);
  std::vector<float> lines = std::vector<float>(4 * (2 * run_tiles + 2));
  std::vector<float> sums = std::vector<float>(4 * (2 * run_tiles + 2));
};

/// U = G g G^T of one output for a chunk of channels; place k's numbers lie `step` apart.
void transform_filters(const Weight& w, int64_t first_filter, int64_t channels, Scratch& scratch,
                       float* u, int64_t step) {
  const char* bytes = static_cast<const char*>(w.data) + first_filter * 9 * size_of(w.dtype);
  widen(bytes, w.dtype, channels * 9, scratch.filters.data());
  float* taps = scratch.taps.data();  // (9, channels)
  for (int64_t c = 0; c < channels; ++c) {
    for (int64_t k = 0; k < 9; ++k) taps[k * channels + c] = scratch.filters[c * 9 + k];
  }
#pragma omp simd
  for (int64_t c = 0; c < channels; ++c) {
    float rows[4][3];  // G g
    for (int64_t j = 0; j < 3; ++j) {
      const float g0 = taps[j * channels + c];
      const float g1 = taps[(3 + j) * channels + c];
      const float g2 = taps[(6 + j) * channels + c];
      rows[0][j] = g0;
      rows[1][j] = 0.5f * (g0 + g1 + g2);
      rows[2][j] = 0.5f * (g0 - g1 + g2);
      rows[3][j] = g2;
    }
    for (int64_t i = 0; i < 4; ++i) {
      const float g0 = rows[i][0], g1 = rows[i][1], g2 = rows[i][2];
      u[(i * 4 + 0) * step + c] = g0;
      u[(i * 4 + 1) * step + c] = 0.5f * (g0 + g1 + g2);
      u[(i * 4 + 2) * step + c] = 0.5f * (g0 - g1 + g2);
      u[(i * 4 + 3) * step + c] = g2;
    }
  }
}

/// The inputs x .. x + width - 1 of the picture's row y; what lies outside of it is 0.
void copy_line(const float* plane, const Conv2dShape& s, int64_t y, int64_t x, int64_t width,
               float* line) {
  const bool inside = y >= 0 && y < s.height;
  const int64_t low = std::clamp(-x, int64_t{0}, width);
  const int64_t high = inside ? std::clamp(s.width - x, low, width) : low;
  std::fill_n(line, low, 0.0f);
  if (high > low) std::copy_n(plane + y * s.width + x + low, high - low, line + low);
  std::fill_n(line + high, width - high, 0.0f);
}

/// V = B^T d B of one channel for neighbouring tiles; place k's numbers lie `step` apart.
void transform_inputs(const float* plane, const Conv2dShape& s, const Segment& segment,
                      Scratch& scratch, float* v, int64_t step) {
  const int64_t width = 2 * segment.count + 2;
  float* lines = scratch.lines.data();
  float* sums = scratch.sums.data();
  for (int64_t i = 0; i < 4; ++i) {
    copy_line(plane, s, 2 * segment.tile_y + i - s.pad_top, 2 * segment.tile_x - s.pad_left, width,
              lines + i * width);
  }
#pragma omp simd
  for (int64_t x = 0; x < width; ++x) {  // B^T d
    const float d0 = lines[x], d1 = lines[width + x];
    const float d2 = lines[2 * width + x], d3 = lines[3 * width + x];
    sums[x] = d0 - d2;
    sums[width + x] = d1 + d2;
    sums[2 * width + x] = d2 - d1;
    sums[3 * width + x] = d1 - d3;
  }
  for (int64_t i = 0; i < 4; ++i) {
    const float* line = sums + i * width;
    float* row = v + i * 4 * step;
#pragma omp simd
    for (int64_t t = 0; t < segment.count; ++t) {
      row[t] = line[2 * t] - line[2 * t + 2];
      row[step + t] = line[2 * t + 1] + line[2 * t + 2];
      row[2 * step + t] = line[2 * t + 2] - line[2 * t + 1];
      row[3 * step + t] = line[2 * t + 1] - line[2 * t + 3];
    }
  }
}

/// A^T M A + bias of one output for neighbouring tiles, written where the picture has room: an odd
/// height or width cuts the last tiles in half.
void transform_outputs(const float* m, int64_t step, float bias, const Conv2dShape& s,
                       const Segment& segment, Scratch& scratch, float* plane) {
  float* upper = scratch.lines.data();
  float* lower = upper + 2 * segment.count;
#pragma omp simd
  for (int64_t t = 0; t < segment.count; ++t) {
    float rows[2][4];  // A^T M
    for (int64_t j = 0; j < 4; ++j) {
      const float m0 = m[j * step + t], m1 = m[(4 + j) * step + t];
      const float m2 = m[(8 + j) * step + t], m3 = m[(12 + j) * step + t];
      rows[0][j] = m0 + m1 + m2;
      rows[1][j] = m1 - m2 - m3;
    }
    upper[2 * t] = rows[0][0] + rows[0][1] + rows[0][2] + bias;
    upper[2 * t + 1] = rows[0][1] - rows[0][2] - rows[0][3] + bias;
    lower[2 * t] = rows[1][0] + rows[1][1] + rows[1][2] + bias;
    lower[2 * t + 1] = rows[1][1] - rows[1][2] - rows[1][3] + bias;
  }
  const int64_t y = 2 * segment.tile_y;
  const int64_t x = 2 * segment.tile_x;
  const int64_t width = std::min(2 * segment.count, s.out_width - x);
  std::copy_n(upper, width, plane + y * s.out_width + x);
  if (y + 1 < s.out_height) std::copy_n(lower, width, plane + (y + 1) * s.out_width + x);
}

/// What one task makes: outputs first_output .. + outputs - 1 of the tiles in `segments`.
struct Task {
  int64_t first_output, outputs;
  int64_t tiles;
  std::vector<Segment> segments;
};

void run(const Task& task, const float* image, const Weight& w, const float* biases,
         const Conv2dShape& s, Scratch& scratch, float* out_image) {
  const int64_t m_step = task.outputs * task.tiles;
  for (int64_t channel = 0; channel < s.channels; channel += chunk_channels) {
    const int64_t channels = std::min(chunk_channels, s.channels - channel);
    const int64_t u_step = task.outputs * channels;
    const int64_t v_step = channels * task.tiles;
    for (int64_t o = 0; o < task.outputs; ++o) {
      transform_filters(w, (task.first_output + o) * s.channels + channel, channels, scratch,
                        scratch.u.data() + o * channels, u_step);
    }
    for (int64_t c = 0; c < channels; ++c) {
      const float* plane = image + (channel + c) * s.height * s.width;
      for (const Segment& segment : task.segments) {
        transform_inputs(plane, s, segment, scratch,
                         scratch.v.data() + c * task.tiles + segment.start, v_step);
      }
    }
    const Result result = channel == 0 ? Result::replace : Result::add;
    for (int64_t k = 0; k < places; ++k) {
      gemm(task.outputs, task.tiles, channels, {scratch.u.data() + k * u_step, channels},
           {scratch.v.data() + k * v_step, task.tiles}, scratch.m.data() + k * m_step, task.tiles,
           result);
    }
  }
  for (int64_t o = 0; o < task.outputs; ++o) {
    float* plane = out_image + (task.first_output + o) * s.out_height * s.out_width;
    for (const Segment& segment : task.segments) {
      transform_outputs(scratch.m.data() + o * task.tiles + segment.start, m_step,
                        biases[task.first_output + o], s, segment, scratch, plane);
    }
  }
}

}  // namespace

bool suits_winograd(const Conv2dShape& s) {
  return s.kernel == 3 && s.stride == 1 && s.channels >= 32 && s.outputs >= 3 &&
         s.out_height * s.out_width >= 64;
}

void conv2d_winograd(const float* x, const Weight& w, const Weight& bias, const Conv2dShape& s,
                     float* out) {
  std::vector<float> biases(s.outputs, 0.0f);
  if (bias.data) widen(bias.data, bias.dtype, s.outputs, biases.data());
  const int64_t tiles_across = divide_up(s.out_width, 2);
  const int64_t tiles = tiles_across * divide_up(s.out_height, 2);
  const int64_t runs = divide_up(tiles, run_tiles);
  const int64_t blocks = divide_up(s.outputs, block_outputs);
  const int64_t height = divide_up(s.outputs, blocks);
#pragma omp parallel num_threads(threads())
  {
    Scratch scratch;
#pragma omp for collapse(3) schedule(dynamic)
    for (int64_t n = 0; n < s.batch; ++n) {
      for (int64_t block = 0; block < blocks; ++block) {
        for (int64_t i = 0; i < runs; ++i) {
          const int64_t output = block * height;
          const int64_t count = std::min(run_tiles, tiles - i * run_tiles);
          const Task task = {output, std::min(height, s.outputs - output), count,
                             segments_of(i * run_tiles, count, tiles_across)};
          run(task, x + n * s.channels * s.height * s.width, w, biases.data(), s, scratch,
              out + n * s.outputs * s.out_height * s.out_width);
        }
      }
    }
  }
}

}  // namespace tensor::kernels
