#pragma once

#include "examples/cli/generate_options.h"
#include "sdxl/pipeline/stable_diffusion_xl.h"
#include "tensor/image/image.h"

namespace cli {

/// The texts inside an image's PNG: all arguments that made it, under diffusers' names.
tensor::TextChunks image_texts(const GenerateOptions& options, const sdxl::StableDiffusionXL& model,
                               const sdxl::PixelSize& size);

}  // namespace cli
