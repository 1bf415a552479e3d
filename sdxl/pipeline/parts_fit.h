#pragma once

#include <cstdint>

#include "sdxl/pipeline/stable_diffusion_xl.h"

namespace sdxl {

constexpr int64_t base_size_conditions = 6;     // two sizes and a crop
constexpr int64_t refiner_size_conditions = 5;  // one size, a crop and an aesthetic score

/// How many numbers the UNet is conditioned on beside the pooled text, as its widths say: 6 for a
/// base, 5 for a refiner; 0 for a UNet without added conditions, as Stable Diffusion 1's.
///
///   (projection_class_embeddings_input_dim - projection_dim) / addition_time_embed_dim
///
/// diffusers: pipeline_stable_diffusion_xl_img2img.py, _get_add_time_ids
int64_t size_conditions(const StableDiffusionXL& model);

/// Checks, before the first step, that the components of a model fit each other:
///
///   the latents' channels of the UNet and of the autoencoder
///   the text features' width of the UNet and of the text encoders together
///   the UNet's added conditions, the pooled text and a number of sizes that there is
///   each tokenizer's length and special tokens, and its text encoder's positions and vocabulary
///
/// A note of the checkpoint's policy says where two files disagree about something that has no
/// effect here, or an effect that diffusers has, too: requires_aesthetics_score, eos_token_id.
/// Errors: std::runtime_error that names both components and both values.
void expect_parts_fit(const StableDiffusionXL& model);

}  // namespace sdxl
