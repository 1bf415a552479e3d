#include "sdxl/vae/tiny_vae_config.h"

#include <algorithm>
#include <string>

#include "tensor/error.h"

namespace sdxl {

namespace {

constexpr int64_t most_channels = 1 << 16;
constexpr int64_t most_blocks = 1 << 10;

int64_t read_channels(const ConfigReader& json, const std::string& field, int64_t fallback) {
  const int64_t value = json.integer(field, fallback);
  if (value >= 1 && value <= most_channels) return value;
  json.error(field, tensor::format("expected 1 to {}, got {}", most_channels, value));
}

std::vector<int64_t> read_blocks(const ConfigReader& json, const std::string& field,
                                 const std::vector<int64_t>& fallback) {
  if (!json.has(field)) return fallback;
  const std::vector<int64_t> blocks = json.integers(field);
  if (blocks.empty() || blocks.size() > 8) {
    json.error(field, tensor::format("expected 1 to 8 levels, got {}", blocks.size()));
  }
  for (const int64_t count : blocks) {
    if (count >= 0 && count <= most_blocks) continue;
    json.error(field, tensor::format("expected 0 to {}, got {}", most_blocks, count));
  }
  return blocks;
}

/// One width for all levels: a convolution between two levels keeps it.
int64_t read_width(const ConfigReader& json, const std::string& field, size_t levels) {
  const std::vector<int64_t> widths =
      json.has(field) ? json.integers(field) : std::vector<int64_t>(levels, 64);
  const bool is_one_width =
      widths.size() == levels && std::ranges::count(widths, widths[0]) == std::ssize(widths);
  if (is_one_width && widths[0] >= 1 && widths[0] <= most_channels) return widths[0];
  json.error(field, tensor::format("expected one width of 1 to {}, {} times: once for each level",
                                   most_channels, levels));
}

}  // namespace

TinyVaeConfig TinyVaeConfig::read(const ConfigReader& json) {
  json.expect_class({"AutoencoderTiny"});
  json.expect_text("act_fn", {"relu"});
  json.expect_text("upsample_fn", {"nearest"});
  json.expect_number("upsampling_scaling_factor", 2);
  json.expect_number("shift_factor", 0);

  TinyVaeConfig c;
  c.in_channels = read_channels(json, "in_channels", 3);
  c.out_channels = read_channels(json, "out_channels", 3);
  c.latent_channels = read_channels(json, "latent_channels", 4);
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
