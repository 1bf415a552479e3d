#pragma once

#include <vector>

#include "sdxl/pipeline/stable_diffusion_xl.h"

namespace sdxl {

/// The conditions of both halves of guidance, one for each IP-Adapter.
struct ImageConditions {
  std::vector<ImageCondition> cond, uncond;
};

/// Encodes image prompts, one for each IP-Adapter of the model, for n images to draw.
///
///   plain   cond = image_embeds of each image           uncond = zeros
///   Plus    cond = hidden states, last layer but one    uncond = those of pixels that are all 0
///
/// Zeros are what is left of a picture of CLIP's mean colour, not of a black one.
/// Errors: std::invalid_argument for another number of prompts, or one without an image;
/// std::runtime_error naming the first module whose output has a NaN.
/// diffusers: pipeline_stable_diffusion_xl.py, encode_image and prepare_ip_adapter_image_embeds
ImageConditions encode_images(const StableDiffusionXL& model,
                              const std::vector<ImagePrompt>& prompts, int64_t n);

}  // namespace sdxl
