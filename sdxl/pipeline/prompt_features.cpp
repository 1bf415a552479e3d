#include "sdxl/pipeline/prompt_features.h"

#include <algorithm>

#include "sdxl/pipeline/non_finite.h"
#include "sdxl/pipeline/repeat_rows.h"
#include "sdxl/pipeline/weighted_features.h"
#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

TextFeatures run(const std::string& part, const CLIPTextModel& encoder,
                 const std::vector<std::vector<int64_t>>& ids, const Tensor& visible) {
  const TextFeatures features = encoder.forward(ids, visible);
  if (has_non_finite(features.last_hidden_state) || has_non_finite(features.pooled)) {
    fail_at_non_finite(part, [&] { encoder.forward(ids, visible); });
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
Tensor last_after_norm(const CLIPTextModel& encoder, const TextFeatures& features,
                       int64_t clip_skip) {
  return encoder.normed(hidden_state(features, 0, clip_skip));
}

/// One of the model's encoders with its tokenizer.
struct TextPart {
  std::string name;
  const ClipTokenizer& tokenizer;
  const CLIPTextModel& encoder;
  bool is_of_sdxl;
  int64_t clip_skip;

  /// -> context (1, 77 k, C), pooled (1, P)
  PromptFeatures encode(const std::string& text, PromptSyntax syntax) const {
    const EncodeIds encode_ids = [&](const auto& ids, const Tensor& visible) -> PromptFeatures {
      const TextFeatures features = run(name, encoder, ids, visible);
      return {is_of_sdxl ? penultimate(features, clip_skip)
                         : last_after_norm(encoder, features, clip_skip),
              features.pooled};
    };
    if (syntax != PromptSyntax::plain) {
      return weighted_features(tokenizer, syntax, text, encode_ids);
    }
    return encode_ids({tokenizer.encode(text).ids}, {});
  }
};

TextPart first_part(const StableDiffusionXL& model, int64_t clip_skip) {
  return {"text_encoder", *model.tokenizer, *model.text_encoder, model.text_encoder_2.has_value(),
          clip_skip};
}

TextPart second_part(const StableDiffusionXL& model, int64_t clip_skip) {
  return {"text_encoder_2", *model.tokenizer_2, *model.text_encoder_2, true, clip_skip};
}

/// Chunks of the empty text behind a context, until it has `tokens`.
Tensor with_empty_chunks(const Tensor& context, const Tensor& empty, int64_t tokens) {
  std::vector<Tensor> parts = {context};
  for (int64_t n = context.dim(1); n < tokens; n += empty.dim(1)) {
    parts.push_back(repeat_rows(empty, context.dim(0)));
  }
  return concat(parts, 1);
}

/// The same of one encoder's features.
Tensor lengthened(const TextPart& part, const Tensor& context, int64_t tokens) {
  if (context.dim(1) >= tokens) return context;
  return with_empty_chunks(context, part.encode("", PromptSyntax::plain).context, tokens);
}

/// The text that the second encoder reads; of a refiner, whose only one it is, the first text.
const std::string& second_text(const StableDiffusionXL& model, const Prompt& prompt) {
  return prompt.text_2.empty() || !model.text_encoder ? prompt.text : prompt.text_2;
}

}  // namespace

PromptFeatures encode_prompt(const StableDiffusionXL& model, const Prompt& prompt,
                             int64_t clip_skip) {
  if (!model.text_encoder_2) {
    return first_part(model, clip_skip).encode(prompt.text, prompt.syntax);
  }
  const TextPart two = second_part(model, clip_skip);
  const PromptFeatures second = two.encode(second_text(model, prompt), prompt.syntax);
  if (!model.text_encoder) return second;

  const TextPart one = first_part(model, clip_skip);
  const Tensor context_1 = one.encode(prompt.text, prompt.syntax).context;  // (1, 77 k, 768)
  const Tensor context_2 = second.context;                                  // (1, 77 k, 1280)
  const int64_t tokens = std::max(context_1.dim(1), context_2.dim(1));
  const Tensor context = concat(lengthened(one, context_1, tokens),  // (1, 77 k, 2048)
                                lengthened(two, context_2, tokens), 2);
  return {context, second.pooled};
}

PromptFeatures encode_negative_prompt(const StableDiffusionXL& model,
                                      const std::optional<std::string>& text,
                                      const std::string& text_2, const PromptFeatures& positive,
                                      PromptSyntax syntax) {
  if (!text && model.checkpoint->force_zeros_for_empty_prompt()) {
    return {Tensor::zeros(positive.context.shape()), Tensor::zeros(positive.pooled.shape())};
  }
  return encode_prompt(model, {text.value_or(""), text_2, syntax});
}

PromptFeatures lengthened(const StableDiffusionXL& model, const PromptFeatures& features,
                          int64_t tokens, int64_t clip_skip) {
  if (features.context.dim(1) >= tokens) return features;
  const Tensor empty = encode_prompt(model, {"", ""}, clip_skip).context;
  return {with_empty_chunks(features.context, empty, tokens), features.pooled};
}

int64_t context_length(const StableDiffusionXL& model, const Prompt& prompt) {
  int64_t longest = 0;
  const auto add = [&](const ClipTokenizer& tokenizer, const std::string& text) {
    const auto chunks = static_cast<int64_t>(prompt_chunks(tokenizer, prompt.syntax, text).size());
    longest = std::max(longest, chunks * tokenizer.max_length());
  };
  if (model.tokenizer) add(*model.tokenizer, prompt.text);
  if (model.tokenizer_2) add(*model.tokenizer_2, second_text(model, prompt));
  return longest;
}

PromptFeatures repeat(const PromptFeatures& features, int64_t n) {
  return {repeat_rows(features.context, n), repeat_rows(features.pooled, n)};
}

}  // namespace sdxl
