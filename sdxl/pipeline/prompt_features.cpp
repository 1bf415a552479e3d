#include "sdxl/pipeline/prompt_features.h"

#include "sdxl/pipeline/non_finite.h"
#include "sdxl/pipeline/repeat_rows.h"
#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

TextFeatures encode(const std::string& part, const ClipTokenizer& tokenizer,
                    const CLIPTextModel& encoder, const std::string& text) {
  const std::vector<std::vector<int64_t>> ids = {tokenizer.encode(text).ids};
  const TextFeatures features = encoder.forward(ids);
  if (has_non_finite(features.last_hidden_state) || has_non_finite(features.pooled)) {
    fail_at_non_finite(part, [&] { encoder.forward(ids); });
  }
  return features;
}

/// The output of layer (last - back - clip_skip).
Tensor hidden_state(const TextFeatures& features, int64_t back, int64_t clip_skip) {
  const auto layers = static_cast<int64_t>(features.hidden_states.size()) - 1;
  tensor::require(clip_skip >= 0 && clip_skip <= layers - back,
                  "clip_skip: expected 0 to {} for a text encoder of {} layers, got {}",
                  layers - back, layers, clip_skip);
  return features.hidden_states[layers - back - clip_skip];
}

/// SDXL: the penultimate layer.
Tensor penultimate(const TextFeatures& features, int64_t clip_skip) {
  return hidden_state(features, 1, clip_skip);
}

/// Stable Diffusion 1 and 2: the last layer, after the final norm.
PromptFeatures encode_by_one(const StableDiffusionXL& model, const std::string& text,
                             int64_t clip_skip) {
  const CLIPTextModel& encoder = *model.text_encoder;
  const TextFeatures features = encode("text_encoder", *model.tokenizer, encoder, text);
  return {encoder.normed(hidden_state(features, 0, clip_skip)), features.pooled};  // (1, 77, 768)
}

}  // namespace

PromptFeatures encode_prompt(const StableDiffusionXL& model, const Prompt& prompt,
                             int64_t clip_skip) {
  if (!model.text_encoder_2) return encode_by_one(model, prompt.text, clip_skip);
  const bool has_one = !model.text_encoder;  // a refiner: its encoder reads the first text
  const std::string& text_2 = prompt.text_2.empty() || has_one ? prompt.text : prompt.text_2;
  const TextFeatures second =
      encode("text_encoder_2", *model.tokenizer_2, *model.text_encoder_2, text_2);
  const Tensor context_2 = penultimate(second, clip_skip);  // (1, 77, 1280)
  if (has_one) return {context_2, second.pooled};

  const TextFeatures first =
      encode("text_encoder", *model.tokenizer, *model.text_encoder, prompt.text);
  const Tensor context_1 = penultimate(first, clip_skip);   // (1, 77, 768)
  return {concat(context_1, context_2, 2), second.pooled};  // (1, 77, 2048)
}

PromptFeatures encode_negative_prompt(const StableDiffusionXL& model,
                                      const std::optional<std::string>& text,
                                      const std::string& text_2, const PromptFeatures& positive) {
  if (!text && model.checkpoint->force_zeros_for_empty_prompt()) {
    return {Tensor::zeros(positive.context.shape()), Tensor::zeros(positive.pooled.shape())};
  }
  return encode_prompt(model, {text.value_or(""), text_2});
}

PromptFeatures repeat(const PromptFeatures& features, int64_t n) {
  return {repeat_rows(features.context, n), repeat_rows(features.pooled, n)};
}

}  // namespace sdxl
