#include "sdxl/vae/autoencoder_tiny.h"

#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

namespace {

const nn::Conv2d::Options same_size = {.kernel = 3, .padding = tensor::Padding::all(1)};
const nn::Conv2d::Options same_size_unbiased = {
    .kernel = 3, .padding = tensor::Padding::all(1), .bias = false};
const nn::Conv2d::Options half_size_unbiased = {
    .kernel = 3, .stride = 2, .padding = tensor::Padding::all(1), .bias = false};

std::string layer(int64_t number) { return "layers." + std::to_string(number); }

void expect_no_tiles(bool tiled) {
  tensor::require(!tiled, "AutoencoderTiny has no tiles, and no need of them; expected it whole");
}

}  // namespace

AutoencoderTinyBlock::AutoencoderTinyBlock(const Slot& slot, int64_t channels)
    : Module(slot),
      conv_0(child("conv.0"), channels, channels, same_size),
      conv_2(child("conv.2"), channels, channels, same_size),
      conv_4(child("conv.4"), channels, channels, same_size) {}

Tensor AutoencoderTinyBlock::forward(const Tensor& x) const {
  record_inputs({{"x", x}});
  Tensor h = relu(conv_0.forward(x));  // (N, C, H, W)
  h = relu(conv_2.forward(h));
  h = conv_4.forward(h);
  return record(relu(h + x));
}

EncoderTiny::EncoderTiny(const Slot& slot, const TinyVaeConfig& c) : Module(slot) {
  const int64_t width = c.encoder_channels;
  int64_t number = 0;
  for (const int64_t count : c.num_encoder_blocks) {
    TinyLevel& level = levels_.emplace_back();
    const bool is_first = number == 0;
    level.conv =
        std::make_unique<nn::Conv2d>(child(layer(number++)), is_first ? c.in_channels : width,
                                     width, is_first ? same_size : half_size_unbiased);
    for (int64_t i = 0; i < count; ++i) {
      level.blocks.push_back(std::make_unique<AutoencoderTinyBlock>(child(layer(number++)), width));
    }
  }
  conv_out_ =
      std::make_unique<nn::Conv2d>(child(layer(number)), width, c.latent_channels, same_size);
}

Tensor EncoderTiny::forward(const Tensor& x) const {
  record_inputs({{"x", x}});
  Tensor h = (x + 1.0f) / 2.0f;  // from 0 to 1
  for (const TinyLevel& level : levels_) {
    h = level.conv->forward(h);  // (N, C, H/2, W/2) on all levels but the first
    for (const auto& block : level.blocks) h = block->forward(h);
  }
  h = conv_out_->forward(h);  // (N, 4, H/8, W/8)
  return record(h);
}

DecoderTiny::DecoderTiny(const Slot& slot, const TinyVaeConfig& c) : Module(slot) {
  const int64_t width = c.decoder_channels;
  conv_in_ = std::make_unique<nn::Conv2d>(child(layer(0)), c.latent_channels, width, same_size);
  int64_t number = 2;
  for (const int64_t count : c.num_decoder_blocks) {
    const bool is_last = levels_.size() + 1 == c.num_decoder_blocks.size();
    TinyLevel& level = levels_.emplace_back();
    for (int64_t i = 0; i < count; ++i) {
      level.blocks.push_back(std::make_unique<AutoencoderTinyBlock>(child(layer(number++)), width));
    }
    if (!is_last) ++number;  // the doubling
    level.conv = std::make_unique<nn::Conv2d>(child(layer(number++)), width,
                                              is_last ? c.out_channels : width,
                                              is_last ? same_size : same_size_unbiased);
  }
}

Tensor DecoderTiny::forward(const Tensor& x) const {
  record_inputs({{"x", x}});
  Tensor h = 3.0f * tanh(x / 3.0f);  // limits latents that are far out, softly
  h = relu(conv_in_->forward(h));    // (N, C, h, w)
  for (const TinyLevel& level : levels_) {
    for (const auto& block : level.blocks) h = block->forward(h);
    const bool is_last = &level == &levels_.back();
    h = level.conv->forward(h, is_last ? 1 : 2);  // (N, C, 2 h, 2 w): enlarged first
  }
  return record(2.0f * h - 1.0f);  // (N, 3, 8 h, 8 w), from -1 to 1
}

AutoencoderTiny::AutoencoderTiny(const Slot& slot, const TinyVaeConfig& c)
    : Autoencoder(slot), encoder(child("encoder"), c), decoder(child("decoder"), c), config_(c) {}

Tensor AutoencoderTiny::to_latents(const Tensor& image, NoiseSource*, bool tiled) const {
  expect_no_tiles(tiled);
  return static_cast<float>(config_.scaling_factor) * encoder.forward(image);
}

Tensor AutoencoderTiny::to_image(const Tensor& latents, bool tiled) const {
  expect_no_tiles(tiled);
  return decoder.forward(latents / static_cast<float>(config_.scaling_factor));
}

}  // namespace sdxl
