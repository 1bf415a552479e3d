#pragma once

#include <memory>
#include <string>

#include "nn/weight_source.h"
#include "sdxl/checkpoint/checkpoint.h"
#include "sdxl/control/control_net.h"

namespace sdxl {

/// A Control-LoRA: a ControlNet that is kept as a low-rank difference from the UNet that it copies.
/// Its file has Stability's names:
///
///   lora_controlnet                          the mark of these files
///   input_hint_block.N, zero_convs.N.0,      the ControlNet's own convolutions
///   middle_block_out.0
///   LAYER.down, LAYER.up                     W = W_unet + B A of a layer of the UNet, such as
///                                            input_blocks.1.0.in_layers.2
///   LAYER.weight, LAYER.bias                 in place of the UNet's
///
/// A layer of which the file has nothing is the UNet's.
/// stabilityai/control-lora;  ComfyUI: comfy/controlnet.py, ControlLora   paper: arXiv 2106.09685
bool is_control_lora(const nn::WeightSource& source);

/// The ControlNet of a file and the UNet of `base`. The UNet's weights stay mapped, and A and B run
/// beside the layers, under peft's names: controlnet.conv_in.lora_A.default.
/// Errors: std::runtime_error for tensors that don't fit this UNet or have no place.
std::shared_ptr<const ControlNet> open_control_lora(const nn::WeightSource& file,
                                                    const Checkpoint& base,
                                                    const std::string& name);

}  // namespace sdxl
