#pragma once

#include "examples/cli/attention_options.h"
#include "sdxl/pipeline/stable_diffusion_xl.h"

namespace cli {

/// Which maps the options choose. Of words, the last two entries are the tokens around them: the
/// start, and the end with the padding.
/// Errors: std::runtime_error for a word that isn't in the prompt, a pattern that matches no
/// attention layer, a head that no chosen layer has, and a place outside of the image.
sdxl::AttentionMaps::Selection attention_selection(const AttentionOptions& options,
                                                   const sdxl::StableDiffusionXL& model);

}  // namespace cli
