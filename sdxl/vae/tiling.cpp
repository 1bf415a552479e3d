#include "sdxl/vae/tiling.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "tensor/ops.h"

namespace sdxl {

namespace {

/// Sizes along one axis, rounded down as the reference does.
struct Tiling {
  int64_t tile;    // of the input
  int64_t stride;  // from one tile to the next
  int64_t extent;  // of the output that is blended
  int64_t kept;    // of a tile's output
};

/// Tiles of `input` by `input` that become `output` by `output`, three quarters apart.
Tiling quarter_overlap(int64_t input, int64_t output) {
  const int64_t extent = output / 4;
  return {input, std::max<int64_t>(input * 3 / 4, 1), extent, output - extent};
}

/// (extent) along the axis, 1 elsewhere: 0, 1 / extent, 2 / extent ...
Tensor ramp(int64_t extent, int axis) {
  std::vector<float> weights(extent);
  for (int64_t i = 0; i < extent; ++i) {
    weights[i] = static_cast<float>(static_cast<double>(i) / static_cast<double>(extent));
  }
  const Tensor line = Tensor::from({extent}, weights);
  return axis == 2 ? line.reshape({1, 1, extent, 1}) : line.reshape({1, 1, 1, extent});
}

/// `after`, with its beginning blended linearly with the end of `before`.
Tensor blend(const Tensor& before, const Tensor& after, int64_t extent, int axis) {
  extent = std::min({extent, before.dim(axis), after.dim(axis)});
  if (extent == 0) return after;
  const Tensor weight = ramp(extent, axis);
  const Tensor fading = slice(before, axis, before.dim(axis) - extent, before.dim(axis));
  const Tensor rising = slice(after, axis, 0, extent);
  const Tensor blended = fading * (-1.0f * weight + 1.0f) + rising * weight;
  return concat(blended, slice(after, axis, extent, after.dim(axis)), axis);
}

Tensor crop(const Tensor& x, int64_t size) {
  const Tensor rows = slice(x, 2, 0, std::min(size, x.dim(2)));
  return slice(rows, 3, 0, std::min(size, x.dim(3)));
}

Tensor tile_at(const Tensor& x, int64_t top, int64_t left, int64_t size) {
  const Tensor rows = slice(x, 2, top, std::min(top + size, x.dim(2)));
  return slice(rows, 3, left, std::min(left + size, x.dim(3)));
}

bool fits(const Tensor& x, int64_t size) { return x.dim(2) <= size && x.dim(3) <= size; }

}  // namespace

Tensor run_tiled(const Tensor& x, int64_t input, int64_t output,
                 const std::function<Tensor(const Tensor& tile)>& function) {
  if (fits(x, input)) return function(x);
  const Tiling tiling = quarter_overlap(input, output);
  std::vector<Tensor> finished_rows;
  std::vector<Tensor> above;
  for (int64_t top = 0; top < x.dim(2); top += tiling.stride) {
    std::vector<Tensor> row, kept;
    for (int64_t left = 0; left < x.dim(3); left += tiling.stride) {
      Tensor tile = function(tile_at(x, top, left, tiling.tile));
      if (!above.empty()) tile = blend(above[row.size()], tile, tiling.extent, 2);
      if (!row.empty()) tile = blend(row.back(), tile, tiling.extent, 3);
      row.push_back(tile);
      kept.push_back(crop(tile, tiling.kept));
    }
    finished_rows.push_back(concat(kept, 3));
    above = std::move(row);
  }
  return concat(finished_rows, 2);
}

}  // namespace sdxl
