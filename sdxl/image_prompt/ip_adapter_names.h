#pragma once

#include <string>
#include <vector>

#include "sdxl/unet/attention.h"
#include "sdxl/unet/unet_2d_condition.h"
#include "tensor/io/safetensors.h"

namespace sdxl {

/// The cross-attentions of a UNet in the order in which an IP-Adapter's file numbers them: those of
/// down_blocks, up_blocks, mid_block.   diffusers: UNet2DConditionModel.attn_processors
std::vector<Attention*> cross_attentions(UNet2DConditionModel& unet);

/// Where a projector's weight lies in an IP-Adapter's file.
struct ProjectorPlace {
  std::string name;
  int half = -1;  // of a matrix of keys and values: 0 its upper, 1 its lower half; -1: all of it
};

/// The place of a parameter, such as layers.0.attn.to_k.weight of a Resampler:
/// image_proj.layers.0.0.to_kv.weight, the upper half.
ProjectorPlace projector_place(const std::string& parameter);

/// Errors: std::runtime_error that says what a file holds when it is no IP-Adapter for SDXL.
void expect_ip_adapter(const tensor::io::SafetensorsFile& file);

}  // namespace sdxl
