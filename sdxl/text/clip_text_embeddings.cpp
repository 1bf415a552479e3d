#include "sdxl/text/clip_text_embeddings.h"

#include <numeric>

#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

CLIPTextEmbeddings::CLIPTextEmbeddings(const nn::Slot& slot, const ClipTextConfig& c)
    : Module(slot),
      token_embedding(child("token_embedding"), c.vocab_size, c.hidden_size),
      position_embedding(child("position_embedding"), c.max_position_embeddings, c.hidden_size),
      max_length_(c.max_position_embeddings) {}

void CLIPTextEmbeddings::check(const std::vector<std::vector<int64_t>>& ids) const {
  tensor::require(!ids.empty(), "{}: expects at least one list of ids, got none", path());
  for (const std::vector<int64_t>& row : ids) {
    const auto length = static_cast<int64_t>(row.size());
    tensor::require(row.size() == ids[0].size(),
                    "{}: expects lists of equal length, got {} and {} ids; pad the shorter one",
                    path(), ids[0].size(), length);
    tensor::require(length >= 1 && length <= max_length_,
                    "{}: expects 1 to {} ids, as many as there are positions, got {}", path(),
                    max_length_, length);
    for (const int64_t id : row) {
      tensor::require(id >= 0 && id < token_embedding.rows(),
                      "{}: expects ids from 0 to {}, got {}; is this another model's tokenizer?",
                      path(), token_embedding.rows() - 1, id);
    }
  }
}

Tensor CLIPTextEmbeddings::forward(const std::vector<std::vector<int64_t>>& ids) const {
  record_inputs({{"input_ids", nn::to_tensor(ids)}});
  check(ids);
  std::vector<int64_t> positions(ids[0].size());
  std::iota(positions.begin(), positions.end(), 0);

  const Tensor tokens = token_embedding.forward(ids);             // (N, S, C)
  const Tensor places = position_embedding.forward({positions});  // (1, S, C)
  return record(tokens + places);
}

}  // namespace sdxl
