#pragma once

#include <string>
#include <vector>

#include "sdxl/text/clip_tokenizer.h"
#include "sdxl/text/prompt_syntax.h"

namespace sdxl {

/// What a text encoder reads at once: start of text, up to 75 tokens, end of text and padding.
struct PromptChunk {
  ClipTokenizer::Encoding encoding;
  std::vector<double> weights;  // of each of the 77 tokens; 1 for the tokens around the text
  std::vector<int> runs;        // the WeightedText that a token is of; -1 for those around the text
};

/// The chunks of a prompt for one encoder, one or more. Each run of equal weight is tokenized by
/// itself.
///
/// A prompt of more than 75 tokens is cut
///
///   a1111    behind the last comma among the last 20 of its 75 tokens, else behind 75
///   compel   behind the last full stop, else behind the last . , ; or :, else behind the last word
///
/// and never between the rows of an embedding. A plain one is one chunk, without what is cut off.
///
/// Errors: those of parse_prompt; std::invalid_argument for a prompt that is not UTF-8.
/// AUTOMATIC1111/stable-diffusion-webui: modules/sd_hijack_clip.py, tokenize_line
/// damian0815/compel: embeddings_provider.py, _find_next_best_split_point
std::vector<PromptChunk> prompt_chunks(const ClipTokenizer& tokenizer, PromptSyntax syntax,
                                       const std::string& prompt);

}  // namespace sdxl
