#pragma once

#include <cstdint>

#include "tensor/kernels/fast/gemm.h"

/// The transforms of Winograd's F(2 x 2, 3 x 3), by vectors: filters and tiles of the image become 16
/// elements each, and 16 sums become 2 x 2 outputs. winograd.cpp has the algorithm.
namespace tensor::kernels::fast {

/// Channels that are transformed at a time, at most.
inline constexpr int64_t chunk_channels = 128;
/// Floats between the arrays of the 16 elements, against cache-set conflicts.
inline constexpr int64_t pad = 16;
static_assert(chunk_channels % panel_width == 0 && lanes <= pad);

/// Tiles are counted row by row through all images. These are neighbours in one row of tiles; the
/// first of them is tile `start` of its panel.
struct Segment {
  int64_t image, tile_y, tile_x, count;
  int64_t start;
};

/// One thread's scratch memory.
struct TransformScratch {
  static constexpr int64_t tap_rows = 16;                        // 9, and space for whole vectors
  static constexpr int64_t row_width = 2 * (panel_width + pad);  // of a panel: 2 a tile, and 2 more

  float filters[9 * chunk_channels + tap_rows] = {};
  float taps[tap_rows * chunk_channels] = {};
  float rows[4 * row_width] = {};
  float sums[4 * row_width] = {};
};

/// U = G g G^T of one output for a chunk of channels, from filter `first_filter` of the weight on.
/// The 16 elements' arrays lie `step` apart in u.
void transform_filters(const Weight& w, int64_t first_filter, int64_t channels,
                       TransformScratch& scratch, float* u, int64_t step);

/// V = B^T d B of one channel for a segment; the 16 elements' arrays lie `step` apart in v. It writes
/// whole vectors: the next segment overwrites the excess, or the excess is in the pad.
void transform_inputs(const float* plane, const Conv2dShape& s, const Segment& segment,
                      TransformScratch& scratch, float* v, int64_t step);

/// The same for an image with an upsample factor of 2, which is never built. The pixels of a tile's
/// row are the left neighbour, the tile's own pixel twice, and the right neighbour; the same holds
/// for its columns.
void transform_upsampled_inputs(const float* plane, const Conv2dShape& s, const Segment& segment,
                                TransformScratch& scratch, float* v, int64_t step);

/// A^T M A + bias of one output for a segment. It is written as far as the image reaches: an odd
/// height or width cuts the last tiles in half.
void transform_outputs(const float* m, int64_t step, float bias, const Conv2dShape& s,
                       const Segment& segment, TransformScratch& scratch, float* plane);

}  // namespace tensor::kernels::fast
