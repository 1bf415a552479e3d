#include "sdxl/vae/tiny_vae_config.h"

#include <algorithm>
#include <string>

#include "tensor/error.h"

namespace sdxl {

namespace {

constexpr IntegerRange channel_counts = {1, 1 << 16};
constexpr IntegerRange blocks_per_level = {0, 1 << 10};

std::vector<int64_t> read_blocks(const ConfigReader& json, const std::string& field,
                                 const std::vector<int64_t>& fallback) {
  if (!json.has(field)) return fallback;
  const std::vector<int64_t> blocks = json.integers(field, blocks_per_level);
  if (blocks.empty() || blocks.size() > 8) {
    json.error(field, tensor::format("expected 1 to 8 levels, got {}", blocks.size()));
  }
  return blocks;
}

/// One width for all levels: a convolution between two levels keeps it.
int64_t read_width(const ConfigReader& json, const std::string& field, size_t levels) {
  const std::vector<int64_t> widths =
      json.has(field) ? json.integers(field, channel_counts) : std::vector<int64_t>(levels, 64);
  const bool is_one_width =
      widths.size() == levels && std::ranges::count(widths, widths[0]) == std::ssize(widths);
  if (is_one_width) return widths[0];
  json.error(field, tensor::format("expected one width, {} times: once for each level", levels));
}

}  // namespace

TinyVaeConfig TinyVaeConfig::read(const ConfigReader& json) {
  json.expect_class({"AutoencoderTiny"});
  json.expect_text("act_fn", {"relu"});
  json.expect_text("upsample_fn", {"nearest"});
  json.expect_number("upsampling_scaling_factor", 2);
  json.expect_number("shift_factor", 0);

  TinyVaeConfig c;
  c.in_channels = json.integer("in_channels", channel_counts, 3);
  c.out_channels = json.integer("out_channels", channel_counts, 3);
  c.latent_channels = json.integer("latent_channels", channel_counts, 4);
  c.num_encoder_blocks = read_blocks(json, "num_encoder_blocks", c.num_encoder_blocks);
  c.num_decoder_blocks = read_blocks(json, "num_decoder_blocks", c.num_decoder_blocks);
  if (c.num_decoder_blocks.size() != c.levels()) {
    json.error("num_decoder_blocks",
               tensor::format("expected one for each of the encoder's {} levels, got {}",
                              c.levels(), c.num_decoder_blocks.size()));
  }
  c.encoder_channels = read_width(json, "encoder_block_out_channels", c.levels());
  c.decoder_channels = read_width(json, "decoder_block_out_channels", c.levels());
  c.scaling_factor = json.number("scaling_factor", 1.0);
  if (!(c.scaling_factor > 0 && c.scaling_factor < 1e6)) {
    json.error("scaling_factor",
               tensor::format("expected a positive number, got {}", c.scaling_factor));
  }
  return c;
}

}  // namespace sdxl
