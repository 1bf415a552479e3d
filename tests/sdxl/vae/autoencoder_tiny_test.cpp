#include "sdxl/vae/autoencoder_tiny.h"

#include <doctest/doctest.h>

#include "sdxl/pipeline/image_to_image.h"
#include "sdxl/pipeline/text_to_image.h"
#include "tests/sdxl/pipeline/pipeline_golden.h"
#include "tests/support/golden.h"

using sdxl::AutoencoderTiny;
using sdxl::TinyVaeConfig;
using tensor::Tensor;

namespace {

TinyVaeConfig read(const std::string& fields) {
  const std::string json = R"({"_class_name": "AutoencoderTiny")" + fields + "}";
  return TinyVaeConfig::read(sdxl::ConfigReader::parse(json, "vae/config.json"));
}

}  // namespace

TEST_CASE("vae: the tiny autoencoder equals diffusers at every module") {
  const support::Golden golden("vae_tiny");
  AutoencoderTiny vae(nn::root(), TinyVaeConfig::read(golden.config()));
  golden.load(vae, "AutoencoderTiny");
  CHECK(vae.latent_channels() == 5);
  CHECK(vae.pixels_per_latent() == 4);
  const nn::Recorder recorder;
  vae.to_latents(golden.input("image"), nullptr, false);
  vae.to_image(golden.input("latents"), false);
  CHECK(golden.compare(recorder, 1e-5) == "");
  CHECK_THROWS_WITH(vae.to_image(golden.input("latents"), true),
                    doctest::Contains("AutoencoderTiny has no tiles"));
}

TEST_CASE("vae: text to image with the tiny autoencoder equals diffusers") {
  const support::PipelineGolden golden("vae_tiny_text", "vae_tiny");
  sdxl::TextToImage args;
  args.size = {golden.call.at("height"), golden.call.at("width")};
  golden.read(args, args.size);
  golden.check([&](auto& scheduler, auto& noise, const auto& hooks) {
    return sdxl::text_to_image(golden.model, scheduler, args, noise, hooks);
  });
}

TEST_CASE("vae: image to image with the tiny autoencoder equals diffusers") {
  const support::PipelineGolden golden("vae_tiny_image", "vae_tiny");
  sdxl::ImageToImage args;
  golden.read(args, {40, 56});
  args.image = golden.golden.input("image");
  args.strength = golden.call.at("strength");
  golden.check([&](auto& scheduler, auto& noise, const auto& hooks) {
    return sdxl::image_to_image(golden.model, scheduler, args, noise, hooks);
  });
}

TEST_CASE("vae config: absent fields of a tiny one have the values of TAESD") {
  const TinyVaeConfig c = read("");
  CHECK(c.encoder_channels == 64);
  CHECK(c.decoder_channels == 64);
  CHECK(c.num_encoder_blocks == std::vector<int64_t>{1, 3, 3, 3});
  CHECK(c.num_decoder_blocks == std::vector<int64_t>{3, 3, 3, 1});
  CHECK(c.scaling_factor == 1.0);
  CHECK(c.pixels_per_latent() == 8);
}

TEST_CASE("vae config: unsupported values of a tiny one are refused with the field") {
  const auto refuses = [](const std::string& fields, const std::string& said) {
    CHECK_THROWS_WITH_AS(read(fields), doctest::Contains(said.c_str()), std::runtime_error);
  };
  refuses(R"(, "act_fn": "gelu")", "vae/config.json: act_fn");
  refuses(R"(, "upsampling_scaling_factor": 4)", "upsampling_scaling_factor");
  refuses(R"(, "shift_factor": 0.5)", "shift_factor");
  refuses(R"(, "num_decoder_blocks": [3, 3])", "expected one for each of the encoder's 4 levels");
  refuses(R"(, "num_encoder_blocks": [])", "num_encoder_blocks: expected 1 to 8 levels, got 0");
  refuses(R"(, "encoder_block_out_channels": [64, 64, 32, 64])",
          "encoder_block_out_channels: expected one width, 4 times");
  refuses(R"(, "decoder_block_out_channels": [64])", "decoder_block_out_channels");
  refuses(R"(, "num_encoder_blocks": [1, -1, 3, 3])",
          "num_encoder_blocks: expected a whole number from 0 to 1024, got -1");
  refuses(R"(, "scaling_factor": 0)", "scaling_factor: expected a positive number, got 0");
}
