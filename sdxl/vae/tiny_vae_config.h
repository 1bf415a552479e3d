#pragma once

#include <cstdint>
#include <vector>

#include "sdxl/config_reader.h"

namespace sdxl {

/// The sizes and settings of one AutoencoderTiny. The defaults are those of TAESD and TAESDXL.
///
/// diffusers: models/autoencoders/autoencoder_tiny.py, AutoencoderTiny (its config.json)
struct TinyVaeConfig {
  int64_t in_channels = 3;      // of an image
  int64_t out_channels = 3;     // of a decoded image
  int64_t latent_channels = 4;  // values in place of 8 by 8 pixels

  int64_t encoder_channels = 64;  // the width of all levels
  int64_t decoder_channels = 64;
  std::vector<int64_t> num_encoder_blocks = {1, 3, 3, 3};  // of each level, the largest first
  std::vector<int64_t> num_decoder_blocks = {3, 3, 3, 1};  // the smallest first

  /// The factor of the latents. They are trained to have the scale of the UNet's latents already.
  double scaling_factor = 1.0;

  size_t levels() const { return num_encoder_blocks.size(); }
  /// Pixels along one side of a latent's square: 8.
  int64_t pixels_per_latent() const { return int64_t{1} << (levels() - 1); }

  /// Errors: std::runtime_error naming file, field and value for a feature that is left out here
  /// and for values that don't fit together.
  static TinyVaeConfig read(const ConfigReader& json);
};

}  // namespace sdxl
