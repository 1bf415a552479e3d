#include "nn/embedding.h"

#include <algorithm>

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
  return record(appended_.empty() ? embedding(ids, weight.view()) : with_appended(ids));
}

int64_t Embedding::rows() const {
  return weight.shape().dim(0) + (appended_.empty() ? 0 : appended_.dim(0));
}

void Embedding::append(const Tensor& rows) {
  tensor::require(rows.shape().rank() == 2 && rows.dim(1) == weight.shape().dim(1),
                  "{}: expects rows (n, {}) to append, got {}", path(), weight.shape().dim(1),
                  rows.shape());
  appended_ = appended_.empty() ? rows : concat(appended_, rows, 0);
}

/// The table's own rows, then the appended ones in their places.
Tensor Embedding::with_appended(const std::vector<std::vector<int64_t>>& ids) const {
  const int64_t own = weight.shape().dim(0), channels = weight.shape().dim(1);
  std::vector<std::vector<int64_t>> known = ids;
  for (std::vector<int64_t>& row : known) {
    for (int64_t& id : row) id = id >= own && id < rows() ? 0 : id;
  }
  Tensor out = embedding(known, weight.view());
  float* place = out.mutable_data();
  for (const std::vector<int64_t>& row : ids) {
    for (const int64_t id : row) {
      if (id >= own) std::copy_n(appended_.data() + (id - own) * channels, channels, place);
      place += channels;
    }
  }
  return out;
}

}  // namespace nn
