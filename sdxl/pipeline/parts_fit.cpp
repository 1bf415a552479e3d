#include "sdxl/pipeline/parts_fit.h"

#include <algorithm>

#include "tensor/error.h"

namespace sdxl {

namespace {

std::string name_of(const StableDiffusionXL& model) { return model.checkpoint->name(); }

/// Width of the pooled text: of the second encoder's projection.
int64_t pooled_width(const StableDiffusionXL& model) {
  return model.text_encoder_2 ? model.text_encoder_2->config().projection_dim : 0;
}

void check_latents(const StableDiffusionXL& model) {
  const UNetConfig& c = model.unet.config();
  const int64_t latents = model.vae->latent_channels();
  if (c.out_channels != latents) {
    tensor::fail("{}: an autoencoder whose latents have {} channels; expected {}, as its UNet has",
                 name_of(model), latents, c.out_channels);
  }
  if (c.in_channels == latents || c.in_channels == 2 * latents + 1) return;
  tensor::fail(
      "{}: its UNet has {} input channels; expected {} (latents), or {} to inpaint (also a mask "
      "and "
      "the masked image's latents). Models that edit by instructions or by depth are not built "
      "here",
      name_of(model), c.in_channels, latents, 2 * latents + 1);
}

void check_text(const StableDiffusionXL& model) {
  int64_t width = 0;
  for (const auto* encoder : {&model.text_encoder, &model.text_encoder_2}) {
    if (*encoder) width += (*encoder)->config().hidden_size;
  }
  const int64_t expected = model.unet.config().cross_attention_dim;
  if (width == expected) return;
  tensor::fail(
      "{}: its text encoders have {} features for each token; expected {}, as its UNet does. Are "
      "they parts of one model?",
      name_of(model), width, expected);
}

void check_sizes(const StableDiffusionXL& model) {
  const UNetConfig& c = model.unet.config();
  if (!c.text_time_embedding) return;
  const int64_t count = size_conditions(model);
  const bool is_whole = pooled_width(model) + count * c.addition_time_embed_dim ==
                        c.projection_class_embeddings_input_dim;
  if (!is_whole || (count != base_size_conditions && count != refiner_size_conditions)) {
    tensor::fail(
        "{}: its UNet's add_embedding has {} inputs; expected {} of the pooled text and {} x 6, or "
        "for a refiner {} x 5, of the sizes. Are they parts of one model?",
        name_of(model), c.projection_class_embeddings_input_dim, pooled_width(model),
        c.addition_time_embed_dim, c.addition_time_embed_dim);
  }
  const bool says_refiner = model.checkpoint->requires_aesthetics_score();
  if (says_refiner == model.is_refiner()) return;
  model.checkpoint->policy().say(tensor::format(
      "{}: requires_aesthetics_score of model_index.json is {}, but its UNet has {} inputs for "
      "sizes: it is used as a {}",
      name_of(model), says_refiner ? "true" : "absent or false", count,
      says_refiner ? "base" : "refiner"));
}

void check_tokens(const StableDiffusionXL& model, const ClipTokenizer& tokenizer,
                  const CLIPTextModel& encoder, const std::string& component) {
  const ClipTextConfig& c = encoder.config();
  if (tokenizer.max_length() > c.max_position_embeddings) {
    tensor::fail(
        "{}: its tokenizer's model_max_length is {}; expected at most {}, the "
        "max_position_embeddings of {}",
        name_of(model), tokenizer.max_length(), c.max_position_embeddings, component);
  }
  const std::vector<int64_t> ids = tokenizer.encode("").ids;  // start, end and padding
  const int64_t largest = *std::ranges::max_element(ids);
  if (largest >= c.vocab_size) {
    tensor::fail(
        "{}: its tokenizer's special tokens have ids up to {}; expected less than {}, the "
        "vocab_size of {}. Are they parts of one model?",
        name_of(model), largest, c.vocab_size, component);
  }
  const bool is_legacy = c.eos_token_id == 2;  // see pooled_positions
  if (is_legacy || std::ranges::count(ids, c.eos_token_id) > 0) return;
  model.checkpoint->policy().say(tensor::format(
      "{}: eos_token_id of {} is {}, which its tokenizer never writes: the pooled text is that of "
      "the first token, as in diffusers",
      name_of(model), component, c.eos_token_id));
}

}  // namespace

int64_t size_conditions(const StableDiffusionXL& model) {
  const UNetConfig& c = model.unet.config();
  if (!c.text_time_embedding) return 0;
  return (c.projection_class_embeddings_input_dim - pooled_width(model)) /
         c.addition_time_embed_dim;
}

void expect_parts_fit(const StableDiffusionXL& model) {
  check_latents(model);
  check_text(model);
  check_sizes(model);
  if (model.text_encoder) {
    check_tokens(model, *model.tokenizer, *model.text_encoder, "text_encoder");
  }
  if (!model.text_encoder_2) return;
  check_tokens(model, *model.tokenizer_2, *model.text_encoder_2, "text_encoder_2");
  if (!model.tokenizer || model.tokenizer->max_length() == model.tokenizer_2->max_length()) return;
  tensor::fail(
      "{}: model_max_length of its tokenizers is {} and {}; expected the same number, because both "
      "encoders' features are side by side",
      name_of(model), model.tokenizer->max_length(), model.tokenizer_2->max_length());
}

}  // namespace sdxl
