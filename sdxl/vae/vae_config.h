#pragma once

#include <cstdint>
#include <vector>

#include "sdxl/config_reader.h"

namespace sdxl {

/// The sizes and settings of one AutoencoderKL. All its group norms have epsilon 1e-6.
///
/// diffusers: models/autoencoders/autoencoder_kl.py, AutoencoderKL (its config.json)
/// paper: arXiv 2307.01952, section 2.4
struct VaeConfig {
  int64_t in_channels = 3;      // of an image
  int64_t out_channels = 3;     // of a decoded image
  int64_t latent_channels = 4;  // values in place of 8 by 8 pixels

  int64_t sample_size = 32;  // height and width of the images it was trained with

  std::vector<int64_t> block_out_channels;  // width of each level, the highest resolution first
  int64_t layers_per_block = 2;             // resnets of a down block; an up block has one more
  int64_t norm_num_groups = 32;
  bool mid_block_add_attention = true;
  bool use_quant_conv = true;
  bool use_post_quant_conv = true;

  /// The factor that gives latents about unit variance: 0.13025 for SDXL, 0.18215 for SD 1.5.
  /// Some models also have a mean and a standard deviation for each channel; empty if not.
  double scaling_factor = 0.18215;
  std::vector<double> latents_mean;
  std::vector<double> latents_std;

  size_t levels() const { return block_out_channels.size(); }
  /// Pixels along one side of a latent's square: 8.
  int64_t pixels_per_latent() const { return int64_t{1} << (levels() - 1); }

  /// Errors: std::runtime_error naming file, field and value for a feature that is left out here
  /// and for values that don't fit together.
  static VaeConfig read(const ConfigReader& json);

  // Published configs.
  static VaeConfig sdxl();
  static VaeConfig sd();  // SD 1.5 and SD 2.1
};

}  // namespace sdxl
