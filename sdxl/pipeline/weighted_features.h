#pragma once

#include <functional>

#include "sdxl/pipeline/prompt_features.h"
#include "sdxl/text/prompt_chunks.h"

namespace sdxl {

/// Runs a text encoder. ids (k, S), visible (k, S) or empty -> context (k, S, C), pooled (k, P).
using EncodeIds = std::function<PromptFeatures(const std::vector<std::vector<int64_t>>& ids,
                                               const Tensor& visible)>;

/// The features of a prompt with weights, of one encoder: those of its k chunks side by side.
/// With z the features of a token, z_empty those of the empty text at the same position, and w the
/// token's weight:
///
///   a1111    z' = z w mean(z) / mean(z w)                  means over the chunk
///   compel   y(z) = z_empty + (z - z_empty) w
///            z' = (y(z) + sum_i c_i y(z_i)) / (1 + sum_i c_i),   c_i = tan((1 - w_i) pi / 2)
///
/// The sum runs over the runs of a weight w_i below 1. z_i are the features where no token attends
/// to the tokens of run i: the closer w_i is to 0, the more the text is without it.
///
/// The pooled text has no weights. a1111's is that of the first chunk; compel's that of the prompt
/// as it was typed, with its marks, cut off at 75 tokens.
///
/// -> context (1, k S, C), pooled (1, P)
/// Errors: those of prompt_chunks; std::invalid_argument for weights whose mean is zero (a1111).
/// AUTOMATIC1111/stable-diffusion-webui: modules/sd_emphasis.py, EmphasisOriginal
/// damian0815/compel: embeddings_provider.py, get_embeddings_for_weighted_prompt_fragments
PromptFeatures weighted_features(const ClipTokenizer& tokenizer, PromptSyntax syntax,
                                 const std::string& prompt, const EncodeIds& encode);

}  // namespace sdxl
