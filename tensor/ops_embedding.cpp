#include "tensor/error.h"
#include "tensor/kernels/kernels.h"
#include "tensor/ops.h"

namespace tensor {

Tensor embedding(const std::vector<std::vector<int64_t>>& ids, const WeightView& table) {
  require(table.shape.rank() == 2, "embedding expects a table (V, C), got {}", table.shape);
  const int64_t rows = table.shape.dim(0);
  const int64_t channels = table.shape.dim(1);
  const auto length = static_cast<int64_t>(ids.empty() ? 0 : ids.front().size());
  Tensor out = Tensor::uninitialized({static_cast<int64_t>(ids.size()), length, channels});
  float* target = out.mutable_data();
  for (const std::vector<int64_t>& sequence : ids) {
    require(static_cast<int64_t>(sequence.size()) == length,
            "embedding expects lists of one length, got {} and {} ids", length, sequence.size());
    for (const int64_t id : sequence) {
      require(id >= 0 && id < rows, "embedding expects ids from 0 to {}, got {}", rows - 1, id);
      const char* row = static_cast<const char*>(table.data) + id * channels * size_of(table.dtype);
      kernels::widen(row, table.dtype, channels, target);
      target += channels;
    }
  }
  return out;
}

}  // namespace tensor
