#pragma once

#include "nn/embedding.h"
#include "sdxl/text/clip_text_config.h"

namespace sdxl {

using tensor::Tensor;

/// The embedding of a token plus the embedding of its position.
///
///   out[n, s] = token_embedding[ids[n, s]] + position_embedding[s]
///
/// ids (N, S) -> (N, S, C), S at most max_position_embeddings
/// Errors: std::invalid_argument for lists that are too long, empty or of unequal length, and for
/// an id outside the vocabulary.
/// transformers: models/clip/modeling_clip.py, CLIPTextEmbeddings
class CLIPTextEmbeddings : public nn::Module {
 public:
  CLIPTextEmbeddings(const nn::Slot& slot, const ClipTextConfig& config);
  Tensor forward(const std::vector<std::vector<int64_t>>& ids) const;

 private:
  void check(const std::vector<std::vector<int64_t>>& ids) const;

  nn::Embedding token_embedding;
  nn::Embedding position_embedding;
  int64_t max_length_;
};

}  // namespace sdxl
