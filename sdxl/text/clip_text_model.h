#pragma once

#include <optional>
#include <vector>

#include "nn/module_list.h"
#include "sdxl/text/clip_encoder_layer.h"
#include "sdxl/text/clip_text_embeddings.h"

namespace sdxl {

/// The outputs of a text encoder for N prompts of S tokens.
struct TextFeatures {
  /// L + 1 tensors (N, S, C): the embeddings, then the output of each layer, all without
  /// the final norm. SDXL conditions on the last but one.
  std::vector<Tensor> hidden_states;
  Tensor last_hidden_state;  // (N, S, C): the last layer's output after the final norm
  /// (N, projection_dim) with a projection, as text_embeds; else (N, C), as pooler_output.
  Tensor pooled;
};

/// The layers in sequence.
///
/// x (N, S, C) -> the same; `hidden_states` receives x and the output of every layer. `visible`:
/// see CLIPAttention.
/// transformers: models/clip/modeling_clip.py, CLIPEncoder
class CLIPEncoder : public nn::Module {
 public:
  CLIPEncoder(const nn::Slot& slot, const ClipEncoderConfig& config);
  Tensor forward(const Tensor& x, std::vector<Tensor>& hidden_states,
                 const Tensor& visible = {}) const;

 private:
  nn::ModuleList<CLIPEncoderLayer> layers;
};

/// Embeddings, layers and the final norm: the encoder before any projection. Published checkpoints
/// keep it under the name "text_model".
///
///   hidden_states[0] = embeddings(ids)
///   hidden_states[k] = layer k (hidden_states[k - 1]),  k = 1 .. L
///   last_hidden_state = final_layer_norm(hidden_states[L])
///   pooled            = last_hidden_state at the end-of-text token
///
/// ids (N, S) -> TextFeatures. `visible`: see CLIPAttention.
/// transformers: models/clip/modeling_clip.py, CLIPTextModel
/// paper: arXiv 2103.00020, section 2.4
class CLIPTextTransformer : public nn::Module {
 public:
  CLIPTextTransformer(const nn::Slot& slot, const ClipTextConfig& config);
  TextFeatures forward(const std::vector<std::vector<int64_t>>& ids,
                       const Tensor& visible = {}) const;
  /// Applies the final norm to an earlier layer's output. (N, S, C) -> the same
  Tensor normed(const Tensor& hidden_state) const { return final_layer_norm.forward(hidden_state); }

 private:
  CLIPTextEmbeddings embeddings;
  CLIPEncoder encoder;
  nn::LayerNorm final_layer_norm;
  int64_t eos_token_id_;
};

/// A text encoder of SDXL: CLIP ViT-L/14 without a projection or OpenCLIP ViT-bigG/14 with one.
///
///   pooled = text_projection(pooled)     where the config has a projection; it has no bias
///
/// ids (N, S) -> TextFeatures. `visible`: see CLIPAttention.
/// Errors: std::invalid_argument for ids that don't fit: see CLIPTextEmbeddings.
/// transformers: models/clip/modeling_clip.py, CLIPTextModel and CLIPTextModelWithProjection
/// paper: arXiv 2307.01952, section 2.1
class CLIPTextModel : public nn::Module {
 public:
  CLIPTextModel(const nn::Slot& slot, const ClipTextConfig& config);
  const ClipTextConfig& config() const { return config_; }
  TextFeatures forward(const std::vector<std::vector<int64_t>>& ids,
                       const Tensor& visible = {}) const;
  /// Applies the final norm to an earlier layer's output: the last_hidden_state of a model that
  /// ends there. (N, S, C) -> the same
  Tensor normed(const Tensor& hidden_state) const { return text_model.normed(hidden_state); }

 private:
  ClipTextConfig config_;
  CLIPTextTransformer text_model;
  std::optional<nn::Linear> text_projection;
};

/// The index of the end-of-text token in each list of ids. By the causal mask it is the token that
/// attends to all others.
///
/// Configs published before 2023 have an eos_token_id of 2, by mistake. For them it is the largest
/// id of the list, because end of text has the largest id of their vocabularies; otherwise it is
/// the first id equal to eos_token_id. 0 where there is none.
std::vector<int64_t> pooled_positions(const std::vector<std::vector<int64_t>>& ids,
                                      int64_t eos_token_id);

}  // namespace sdxl
