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

  /// Errors: std::runtime_error naming file, field and value, for what UNetConfig::read refuses, a
  /// union ControlNet, and one that averages over the picture (global_pool_conditions).
  /// diffusers: models/controlnets/controlnet.py, ControlNetModel (its config.json)
  static ControlNetConfig read(const ConfigReader& json);
  /// Of a UNet's copy, with the usual picture's convolutions.
  static ControlNetConfig of(const UNetConfig& unet);
};

}  // namespace sdxl
