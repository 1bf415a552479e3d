#include "sdxl/vae/vae_config.h"

#include <string>

#include "tensor/error.h"

namespace sdxl {

namespace {

constexpr IntegerRange sizes = {1, 1 << 16};

/// Each level has a block of the one kind that autoencoders of this family have.
void check_blocks(const ConfigReader& json, const std::string& field, const std::string& type,
                  size_t levels) {
  const std::vector<std::string> names =
      json.has(field) ? json.strings(field) : std::vector<std::string>{type};
  for (const std::string& name : names) {
    if (name != type) json.error(field, tensor::format("expected {}, got {}", type, name));
  }
  if (names.size() != levels) {
    json.error(field,
               tensor::format("expected one for each of {} levels, got {}", levels, names.size()));
  }
}

void check_levels(const ConfigReader& json, const VaeConfig& c) {
  if (c.levels() < 1 || c.levels() > 8) {
    json.error("block_out_channels", tensor::format("expected 1 to 8 levels, got {}", c.levels()));
  }
  check_blocks(json, "down_block_types", "DownEncoderBlock2D", c.levels());
  check_blocks(json, "up_block_types", "UpDecoderBlock2D", c.levels());
  for (const int64_t channels : c.block_out_channels) {
    if (channels % c.norm_num_groups == 0) continue;
    json.error("norm_num_groups", tensor::format("{} channels do not make {} equal groups",
                                                 channels, c.norm_num_groups));
  }
}

void check_statistics(const ConfigReader& json, const VaeConfig& c) {
  if (!(c.scaling_factor > 0 && c.scaling_factor < 1e6)) {
    json.error("scaling_factor",
               tensor::format("expected a positive number, got {}", c.scaling_factor));
  }
  const auto channels = static_cast<size_t>(c.latent_channels);
  const size_t means = c.latents_mean.size();
  const size_t deviations = c.latents_std.size();
  if (means == deviations && (means == 0 || means == channels)) return;
  json.error("latents_mean, latents_std",
             tensor::format("expected both with a number for each of {} channels, or neither; got "
                            "{} and {}",
                            channels, means, deviations));
}

}  // namespace

VaeConfig VaeConfig::read(const ConfigReader& json) {
  json.expect_class({"AutoencoderKL"});
  json.expect_text("act_fn", {"silu", "swish"});
  json.expect_number("shift_factor", 0);

  VaeConfig c;
  c.in_channels = json.integer("in_channels", sizes, 3);
  c.out_channels = json.integer("out_channels", sizes, 3);
  c.latent_channels = json.integer("latent_channels", sizes, 4);
  c.block_out_channels = {64};
  if (json.has("block_out_channels"))
    c.block_out_channels = json.integers("block_out_channels", sizes);
  c.sample_size = json.size("sample_size", sizes, 32);
  c.layers_per_block = json.integer("layers_per_block", sizes, 1);
  c.norm_num_groups = json.integer("norm_num_groups", sizes, 32);
  c.mid_block_add_attention = json.flag("mid_block_add_attention", true);
  c.use_quant_conv = json.flag("use_quant_conv", true);
  c.use_post_quant_conv = json.flag("use_post_quant_conv", true);
  c.scaling_factor = json.number("scaling_factor", 0.18215);
  if (json.has("latents_mean")) c.latents_mean = json.numbers("latents_mean");
  if (json.has("latents_std")) c.latents_std = json.numbers("latents_std");

  check_levels(json, c);
  check_statistics(json, c);
  return c;
}

VaeConfig VaeConfig::sdxl() {
  VaeConfig c;
  c.block_out_channels = {128, 256, 512, 512};
  c.sample_size = 1024;
  c.scaling_factor = 0.13025;
  return c;
}

VaeConfig VaeConfig::sd() {
  VaeConfig c = sdxl();
  c.sample_size = 512;
  c.scaling_factor = 0.18215;
  return c;
}

}  // namespace sdxl
