#include "sdxl/vae/vae_config.h"

#include <doctest/doctest.h>

using sdxl::VaeConfig;

namespace {

VaeConfig read(const std::string& fields) {
  const std::string json = R"({"_class_name": "AutoencoderKL")" + fields + "}";
  return VaeConfig::read(sdxl::ConfigReader::parse(json, "vae/config.json"));
}

/// Two levels, with `fields` beside them.
VaeConfig read_two_levels(const std::string& fields) {
  return read(R"(, "block_out_channels": [32, 64],
      "down_block_types": ["DownEncoderBlock2D", "DownEncoderBlock2D"],
      "up_block_types": ["UpDecoderBlock2D", "UpDecoderBlock2D"])" +
              fields);
}

}  // namespace

TEST_CASE("vae config: absent fields have AutoencoderKL's defaults") {
  const VaeConfig c = read("");
  CHECK(c.block_out_channels == std::vector<int64_t>{64});
  CHECK(c.layers_per_block == 1);
  CHECK(c.latent_channels == 4);
  CHECK(c.norm_num_groups == 32);
  CHECK(c.scaling_factor == 0.18215);
  CHECK(c.mid_block_add_attention);
  CHECK(c.use_quant_conv);
  CHECK(c.pixels_per_latent() == 1);
  CHECK(read_two_levels("").pixels_per_latent() == 2);
  CHECK(VaeConfig::sdxl().pixels_per_latent() == 8);
}

TEST_CASE("vae config: unsupported or inconsistent values are refused with file and field") {
  CHECK_THROWS_WITH(read(R"(, "shift_factor": 0.1)"),
                    "vae/config.json: shift_factor: expected 0, got 0.1");
  CHECK_NOTHROW(read(R"(, "shift_factor": 0.0, "latents_mean": null, "sample_size": [64, 64])"));
  CHECK_THROWS_WITH(read(R"(, "act_fn": "gelu")"),
                    "vae/config.json: act_fn: expected silu, swish, got gelu");
  CHECK_THROWS_WITH(read(R"(, "down_block_types": ["AttnDownEncoderBlock2D"])"),
                    "vae/config.json: down_block_types: expected DownEncoderBlock2D, got "
                    "AttnDownEncoderBlock2D");
  CHECK_THROWS_WITH(read(R"(, "block_out_channels": [32, 64])"),
                    "vae/config.json: down_block_types: expected one for each of 2 levels, got 1");
  CHECK_THROWS_WITH(read(R"(, "block_out_channels": [])"),
                    "vae/config.json: block_out_channels: expected 1 to 8 levels, got 0");
  CHECK_THROWS_WITH(read_two_levels(R"(, "norm_num_groups": 48)"),
                    "vae/config.json: norm_num_groups: 32 channels do not make 48 equal groups");
  CHECK_THROWS_WITH(
      read_two_levels(R"(, "norm_num_groups": 0)"),
      "vae/config.json: norm_num_groups: expected a whole number from 1 to 65536, got 0");
  CHECK_THROWS_WITH(
      read_two_levels(R"(, "latent_channels": -4)"),
      "vae/config.json: latent_channels: expected a whole number from 1 to 65536, got -4");
  CHECK_THROWS_WITH(read_two_levels(R"(, "scaling_factor": 0)"),
                    "vae/config.json: scaling_factor: expected a positive number, got 0");
  CHECK_THROWS_WITH(read_two_levels(R"(, "latents_mean": [0, 0, 0, 0])"),
                    "vae/config.json: latents_mean, latents_std: expected both with a number for "
                    "each of 4 channels, or neither; got 4 and 0");
  CHECK_THROWS_WITH(VaeConfig::read(sdxl::ConfigReader::parse(
                        R"({"_class_name": "AutoencoderTiny"})", "vae/config.json")),
                    "vae/config.json: expected a config of AutoencoderKL, got one of "
                    "AutoencoderTiny");
}
