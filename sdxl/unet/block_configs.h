#pragma once

#include "sdxl/unet/down_blocks.h"
#include "sdxl/unet/unet_config.h"
#include "sdxl/unet/up_blocks.h"

/// The configs of a UNet's blocks, of the UNet itself and of a ControlNet, its copied downward half.
namespace sdxl {

TransformerConfig transformer_config(const UNetConfig& config, size_t level);
UpBlockConfig up_block_config(const UNetConfig& config, size_t level);
ResnetConfig mid_resnet_config(const UNetConfig& config);

/// Adds the blocks of the downward half, one for each level.
void add_down_blocks(nn::ModuleList<DownBlock>& blocks, const UNetConfig& config);

}  // namespace sdxl
