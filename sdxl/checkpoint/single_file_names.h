#pragma once

#include <string>

#include "sdxl/unet/unet_config.h"

namespace sdxl {

/// Where a parameter lies in a checkpoint of Stability's own layout: one file for the whole model,
/// with the names of their generative-models repository. It is the whole tensor of that name, or a
/// part of it.
struct SingleFilePlace {
  enum class Part {
    whole,
    third,       // of fused query, key and value: a third of the rows
    transposed,  // stored as (in, out)
    as_matrix,   // stored as a 1x1 convolution, (out, in, 1, 1)
  };

  std::string name;  // below the component's prefix, such as "model.diffusion_model."
  Part part = Part::whole;
  int third = 0;  // 0 query, 1 key, 2 value
};

/// A UNet's parameter: "down_blocks.1.resnets.0.conv1.weight" is
/// "input_blocks.4.0.in_layers.2.weight". That layout numbers the layers of one half of the UNet in
/// one sequence: conv_in is input block 0, each resnet and each downsampler is the next block.
///
/// The prefix in a file is "model.diffusion_model.".
/// Errors: std::invalid_argument for a name that is no parameter of a UNet.
/// diffusers: loaders/single_file_utils.py, convert_ldm_unet_checkpoint
SingleFilePlace single_file_unet(const std::string& parameter, const UNetConfig& config);

/// The autoencoder's: "decoder.up_blocks.0.resnets.1.conv1.weight" is
/// "decoder.up.3.block.1.conv1.weight" where there are four levels, as that layout counts the
/// decoder's from the finest. Attention's matrices are 1x1 convolutions there.
///
/// The prefix in a file is "first_stage_model.".
/// diffusers: loaders/single_file_utils.py, convert_ldm_vae_checkpoint
SingleFilePlace single_file_vae(const std::string& parameter, int levels);

/// OpenCLIP's names of a text encoder: "text_model.encoder.layers.3.self_attn.k_proj.weight" is the
/// second third of "transformer.resblocks.3.attn.in_proj_weight". CLIP-L keeps transformers' names.
/// diffusers: loaders/single_file_utils.py, convert_open_clip_checkpoint
SingleFilePlace single_file_open_clip(const std::string& parameter);

}  // namespace sdxl
