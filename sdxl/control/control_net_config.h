#pragma once

#include <vector>

#include "sdxl/unet/unet_config.h"

namespace sdxl {

/// A ControlNet's config: that of the UNet whose downward half it copies, and its picture's.
struct ControlNetConfig {
  UNetConfig unet;  // its upward half mirrors the downward one, and has no layers here
  /// Channels of the convolutions that bring the picture to the size of the latents.
  std::vector<int64_t> picture_channels = {16, 32, 96, 256};
  bool is_bgr = false;  // the picture's channels are blue, green, red
  /// Of a union ControlNet: how many kinds of pictures it has, and its transformer's heads and
  /// layers. The other ones have 0 types.
  int64_t types = 0, type_heads = 8, type_layers = 1;

  /// The config.json of a ControlNetModel or a ControlNetUnionModel.
  /// Errors: std::runtime_error naming file, field and value, for what UNetConfig::read refuses, and
  /// for one that averages over the picture (global_pool_conditions).
  /// diffusers: models/controlnets/controlnet.py, controlnet_union.py
  static ControlNetConfig read(const ConfigReader& json);
  /// Of a UNet's copy, with the usual picture's convolutions.
  static ControlNetConfig of(const UNetConfig& unet);
};

}  // namespace sdxl
