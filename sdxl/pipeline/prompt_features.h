#pragma once

#include <optional>
#include <string>

#include "sdxl/pipeline/stable_diffusion_xl.h"

namespace sdxl {

/// What a text becomes for the UNet, once for each of N images.
struct PromptFeatures {
  Tensor context;  // (N, 77, width of both encoders): one feature for each token
  Tensor pooled;   // (N, projection_dim): the whole text in one; read by SDXL alone
};

/// A text for each encoder. The second one is most often left empty, and is then the first.
struct Prompt {
  std::string text;
  std::string text_2;
};

/// Encodes a prompt by both encoders.
///
///   context = [hidden_states[-2 - clip_skip] of encoder 1, the same of encoder 2], side by side
///   pooled  = text_embeds of encoder 2
///
/// Why the last layer but one: the last is trained for one summary of the text, and what it needs
/// no longer has to be kept in the tokens.
///
/// Stable Diffusion 1 and 2, with one encoder, read its last layer after the final norm:
///
///   context = final_layer_norm(hidden_states[-1 - clip_skip])
///
/// Errors: std::invalid_argument for a clip_skip beyond the layers; std::runtime_error naming the
/// module when NaN comes up.
/// diffusers: pipeline_stable_diffusion_xl.py and pipeline_stable_diffusion.py, encode_prompt
/// paper: arXiv 2307.01952, section 2.1
PromptFeatures encode_prompt(const StableDiffusionXL& model, const Prompt& prompt,
                             int64_t clip_skip = 0);

/// What guidance leads away from: the negative prompt, or with none the empty text; a model that
/// says force_zeros_for_empty_prompt was trained to take zeros for "no text".
///
/// `positive` gives the shapes. As in diffusers, a second text without a first is ignored where
/// zeros are forced, and clip_skip has no part in it.
PromptFeatures encode_negative_prompt(const StableDiffusionXL& model,
                                      const std::optional<std::string>& text,
                                      const std::string& text_2, const PromptFeatures& positive);

/// One prompt's features for N images.
PromptFeatures repeat(const PromptFeatures& features, int64_t n);

}  // namespace sdxl
