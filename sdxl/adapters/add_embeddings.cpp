#include "sdxl/adapters/add_embeddings.h"

#include "nn/embedding.h"
#include "sdxl/adapters/embedding_file.h"

namespace sdxl {

namespace {

/// The table of the tokens' embeddings.
nn::Embedding* table_below(const nn::Module& module) {
  for (nn::Module* child : module.children()) {
    auto* table = dynamic_cast<nn::Embedding*>(child);
    if (table && table->path().ends_with("token_embedding")) return table;
    if (nn::Embedding* below = table_below(*child)) return below;
  }
  return nullptr;
}

void add(const TextEmbedding& embedding, const std::string& component, ClipTokenizer& tokenizer,
         const CLIPTextModel& encoder) {
  nn::Embedding& table = *table_below(encoder);
  const Tensor& rows = embedding.rows.at(component);
  tokenizer.add_embedding(embedding.token, table.rows(), rows.dim(0));
  table.append(rows);
}

}  // namespace

void add_embeddings(StableDiffusionXL& model, const std::vector<EmbeddingChoice>& choices) {
  for (const TextEmbedding& embedding : read_embeddings(model, choices)) {
    if (model.text_encoder) add(embedding, "text_encoder", *model.tokenizer, *model.text_encoder);
    if (model.text_encoder_2) {
      add(embedding, "text_encoder_2", *model.tokenizer_2, *model.text_encoder_2);
    }
  }
}

void remove_embeddings(StableDiffusionXL& model) {
  if (model.text_encoder) {
    table_below(*model.text_encoder)->remove_appended();
    model.tokenizer.emplace(model.checkpoint->tokenizer("tokenizer"));
  }
  if (model.text_encoder_2) {
    table_below(*model.text_encoder_2)->remove_appended();
    model.tokenizer_2.emplace(model.checkpoint->tokenizer("tokenizer_2"));
  }
}

}  // namespace sdxl
