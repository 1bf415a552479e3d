#pragma once

#include <optional>
#include <vector>

#include "sdxl/unet/conditioning.h"
#include "sdxl/unet/timestep_embedding.h"
#include "sdxl/unet/unet_config.h"

namespace sdxl {

/// The vector that every ResnetBlock receives:
///
///   temb = time_embedding(sinusoid(timestep)) + add_embedding(pooled text, sinusoids of the sizes)
///
/// timesteps (N) -> (N, 1280); without an add_embedding the second term is left out.
/// diffusers: models/unets/unet_2d_condition.py, get_time_embed and get_aug_embed
Tensor embed_time(const UNetConfig& config, const TimestepEmbedding& time_embedding,
                  const std::optional<TimestepEmbedding>& add_embedding,
                  const std::vector<float>& timesteps, const Conditioning& cond);

}  // namespace sdxl
