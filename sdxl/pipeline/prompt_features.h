#pragma once

#include <optional>
#include <string>

#include "sdxl/pipeline/stable_diffusion_xl.h"
#include "sdxl/text/prompt_syntax.h"

namespace sdxl {

/// The features of a text that the UNet is conditioned on, once for each of N images.
struct PromptFeatures {
  Tensor context;  // (N, 77 k, width of both encoders): a row for each token of k chunks
  Tensor pooled;   // (N, projection_dim): of the whole text; only SDXL's UNet has an input for it
};

/// A text for each encoder; an empty text_2 stands for the first.
struct Prompt {
  std::string text;
  std::string text_2;
  PromptSyntax syntax = PromptSyntax::plain;
};

/// Encodes a prompt with both encoders.
///
///   context = concat(hidden_states[-2 - clip_skip] of encoder 1, the same of encoder 2), channels
///   pooled  = text_embeds of encoder 2
///
/// Why the penultimate layer: the last one is trained only for the pooled text, so its features of
/// single tokens may have lost information.
///
/// Stable Diffusion 1 and 2 have one encoder, and take its last layer after the final norm:
///
///   context = final_layer_norm(hidden_states[-1 - clip_skip])
///
/// A plain prompt is one chunk of 77 tokens. In another syntax weights change the features, and a
/// long prompt is several chunks side by side: see weighted_features. Where the encoders have
/// different numbers of chunks, those of the empty text stand behind the fewer.
///
/// Errors: std::invalid_argument for a clip_skip beyond the layers, and for marks that are wrong
/// (see parse_prompt); std::runtime_error naming the first module whose output has a NaN.
/// diffusers: pipeline_stable_diffusion_xl.py and pipeline_stable_diffusion.py, encode_prompt
/// paper: arXiv 2307.01952, section 2.1
PromptFeatures encode_prompt(const StableDiffusionXL& model, const Prompt& prompt,
                             int64_t clip_skip = 0);

/// The features of guidance's unconditional input: of the negative prompt, or without one of the
/// empty text; for a model with force_zeros_for_empty_prompt they are zeros instead.
///
/// `positive` gives the shapes. As in diffusers, a second text without a first has no effect where
/// zeros are forced, and clip_skip has none at all.
PromptFeatures encode_negative_prompt(const StableDiffusionXL& model,
                                      const std::optional<std::string>& text,
                                      const std::string& text_2, const PromptFeatures& positive,
                                      PromptSyntax syntax = PromptSyntax::plain);

/// The features with chunks of the empty text behind them, until there are `tokens`: guidance needs
/// as many of them for the prompt as for the negative one.
PromptFeatures lengthened(const StableDiffusionXL& model, const PromptFeatures& features,
                          int64_t tokens, int64_t clip_skip = 0);

/// The number of tokens in a prompt's context, 77 for each chunk, without encoding it.
int64_t context_length(const StableDiffusionXL& model, const Prompt& prompt);

/// One prompt's features for N images.
PromptFeatures repeat(const PromptFeatures& features, int64_t n);

}  // namespace sdxl
