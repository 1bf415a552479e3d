#pragma once

#include "sdxl/checkpoint/part_names.h"
#include "sdxl/unet/unet_config.h"
#include "tensor/io/safetensors.h"

namespace sdxl {

/// `config` with the sizes that a UNet's own tensors show, for a file without a config:
///
///   in_channels          the channels of conv_in: 9 to inpaint
///   time_cond_proj_dim   the width of the guidance scale's embedding, as of LCM
///   depths               how many transformer blocks each Transformer2D has, and whether the middle
///                        block has one: fewer in the distilled SSD-1B and Segmind-Vega
UNetConfig sized_by_file(UNetConfig config, const tensor::io::SafetensorsFile& file,
                         const PartNames& names);

}  // namespace sdxl
