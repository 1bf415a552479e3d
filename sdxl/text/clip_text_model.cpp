#include "sdxl/text/clip_text_model.h"

#include <algorithm>

#include "tensor/ops.h"

namespace sdxl {

namespace {

/// Row n of the result is x[n, positions[n]]: (N, S, C) -> (N, C).
Tensor gather_positions(const Tensor& x, const std::vector<int64_t>& positions) {
  std::vector<Tensor> rows;
  for (size_t n = 0; n < positions.size(); ++n) {
    const auto first = static_cast<int64_t>(n);
    const Tensor row = slice(x, 0, first, first + 1);
    rows.push_back(slice(row, 1, positions[n], positions[n] + 1).reshape({1, x.dim(2)}));
  }
  return concat(rows, 0);
}

}  // namespace

std::vector<int64_t> pooled_positions(const std::vector<std::vector<int64_t>>& ids,
                                      int64_t eos_token_id) {
  std::vector<int64_t> positions;
  for (const std::vector<int64_t>& row : ids) {
    auto found = std::max_element(row.begin(), row.end());
    if (eos_token_id != 2) found = std::find(row.begin(), row.end(), eos_token_id);
    positions.push_back(found == row.end() ? 0 : found - row.begin());
  }
  return positions;
}

CLIPEncoder::CLIPEncoder(const nn::Slot& slot, const ClipEncoderConfig& c)
    : Module(slot), layers(child("layers")) {
  for (int64_t i = 0; i < c.num_hidden_layers; ++i) layers.add(c);
}

Tensor CLIPEncoder::forward(const Tensor& x, std::vector<Tensor>& hidden_states,
                            const Tensor& visible) const {
  record_inputs({{"x", x}});
  Tensor h = x;
  hidden_states.push_back(h);
  for (const CLIPEncoderLayer& layer : layers) {
    h = layer.forward(h, visible);
    hidden_states.push_back(h);
  }
  return record(h);
}

CLIPTextTransformer::CLIPTextTransformer(const nn::Slot& slot, const ClipTextConfig& c)
    : Module(slot),
      embeddings(child("embeddings"), c),
      encoder(child("encoder"), c),
      final_layer_norm(child("final_layer_norm"), c.hidden_size, c.layer_norm_eps),
      eos_token_id_(c.eos_token_id) {}

TextFeatures CLIPTextTransformer::forward(const std::vector<std::vector<int64_t>>& ids,
                                          const Tensor& visible) const {
  record_inputs({{"input_ids", nn::to_tensor(ids)}});
  TextFeatures features;
  Tensor h = embeddings.forward(ids);  // (N, S) -> (N, S, C)
  h = encoder.forward(h, features.hidden_states, visible);
  h = final_layer_norm.forward(h);
  features.last_hidden_state = record(h);
  features.pooled = gather_positions(h, pooled_positions(ids, eos_token_id_));  // (N, C)
  return features;
}

CLIPTextModel::CLIPTextModel(const nn::Slot& slot, const ClipTextConfig& config)
    : Module(slot), config_(config), text_model(child("text_model"), config) {
  if (config.projection_dim > 0) {
    text_projection.emplace(child("text_projection"), config.hidden_size, config.projection_dim,
                            nn::Linear::Bias::no);
  }
}

TextFeatures CLIPTextModel::forward(const std::vector<std::vector<int64_t>>& ids,
                                    const Tensor& visible) const {
  record_inputs({{"input_ids", nn::to_tensor(ids)}});
  TextFeatures features = text_model.forward(ids, visible);
  if (text_projection) {
    features.pooled = text_projection->forward(features.pooled);  // (N, C) -> (N, projection_dim)
  }
  record(features.pooled);
  return features;
}

}  // namespace sdxl
