#pragma once

#include <string>

#include "sdxl/checkpoint/checkpoint.h"
#include "tensor/io/safetensors.h"

namespace sdxl {

/// Inputs of a component to start from, of one image, always the same ones:
///
///   text_encoder, text_encoder_2   the ids of "a large yellow star on a blue background"
///   unet          the first of 25 steps of this prompt: noise of seed 0 at the model's own size
///   vae_encoder   an image of at most 256 x 256 pixels with a slope of colours
///   vae_decoder   its latents
///
/// The checkpoint is consumed. Errors: std::runtime_error for components that the model lacks: the
/// UNet's inputs need the text encoders.
tensor::io::NamedTensors example_inputs(std::unique_ptr<Checkpoint> checkpoint,
                                        const std::string& component);

}  // namespace sdxl
