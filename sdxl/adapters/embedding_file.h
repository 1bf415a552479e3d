#pragma once

#include <map>
#include <string>
#include <vector>

#include "sdxl/adapters/add_embeddings.h"

namespace sdxl {

/// A word for the prompt, and its rows (n, C) of each text encoder, by component.
struct TextEmbedding {
  std::string token;
  std::string file;  // for messages
  std::map<std::string, Tensor> rows;
};

/// The embeddings of these files for the text encoders of a model, checked: each has rows for every
/// encoder, as many for one as for the other. Errors: see add_embeddings.
std::vector<TextEmbedding> read_embeddings(const StableDiffusionXL& model,
                                           const std::vector<EmbeddingChoice>& choices);

}  // namespace sdxl
