#pragma once

#include "examples/cli/generate_options.h"
#include "sdxl/pipeline/stable_diffusion_xl.h"
#include "tensor/image/image.h"

namespace cli {

/// How an image was made, as it is kept inside its PNG: what makes it again, under the names of
/// diffusers' arguments.
tensor::TextChunks image_texts(const GenerateOptions& options, const sdxl::StableDiffusionXL& model,
                               const sdxl::PixelSize& size);

}  // namespace cli
