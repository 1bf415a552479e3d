#include "nn/embedding.h"

#include "tensor/error.h"
#include "tensor/ops.h"

namespace nn {

Embedding::Embedding(const Slot& slot, int64_t rows, int64_t channels)
    : Module(slot), weight(this, "weight", {rows, channels}) {}

Tensor Embedding::forward(const std::vector<std::vector<int64_t>>& ids) const {
  return record(embedding(ids, weight.view()));
}

}  // namespace nn
