#include "nn/embedding.h"

#include "tensor/error.h"
#include "tensor/ops.h"

namespace nn {

Tensor to_tensor(const std::vector<std::vector<int64_t>>& ids) {
  const size_t columns = ids.empty() ? 0 : ids.front().size();
  std::vector<float> values;
  for (const std::vector<int64_t>& row : ids) {
    if (row.size() != columns) return {};
    values.insert(values.end(), row.begin(), row.end());
  }
  if (values.empty()) return {};
  return Tensor::from({static_cast<int64_t>(ids.size()), static_cast<int64_t>(columns)}, values);
}

Embedding::Embedding(const Slot& slot, int64_t rows, int64_t channels)
    : Module(slot), weight(this, "weight", {rows, channels}) {}

Tensor Embedding::forward(const std::vector<std::vector<int64_t>>& ids) const {
  record_inputs({{"ids", to_tensor(ids)}});
  return record(embedding(ids, weight.view()));
}

}  // namespace nn
