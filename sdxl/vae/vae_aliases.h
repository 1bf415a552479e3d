#pragma once

#include "nn/load.h"

namespace sdxl {

/// Weights with the current names for the middle attention. Checkpoints before 2023 have other
/// names, or store 1x1 convolutions:
///
///   query -> to_q,  key -> to_k,  value -> to_v,  proj_attn -> to_out.0
///
/// The description counts the renamed weights, so that messages about loading show it.
/// diffusers: modeling_utils.py, _fix_state_dict_keys_on_load
nn::WeightSource with_current_names(nn::WeightSource source);

/// (O, I, 1, 1), the weight of a 1x1 convolution, as the (O, I) of a linear layer; else unchanged.
tensor::WeightView without_pixels(tensor::WeightView view);

}  // namespace sdxl
