#include <doctest/doctest.h>

#include "sdxl/vae/autoencoder_kl.h"
#include "tensor/ops.h"
#include "tests/support/golden.h"

using sdxl::AutoencoderKL;
using sdxl::VaeConfig;
using support::Golden;
using support::Tensor;

namespace {

constexpr double limit = 1e-5;

/// Runs a block on its golden's input; "" when each module's output is the reference's.
template <class Block>
std::string check_block(Block&& block, const std::string& name) {
  const Golden golden(name);
  golden.load(block, name);
  const nn::Recorder recorder;
  block.forward(golden.input("x"));
  return golden.compare(recorder, limit);
}

/// Encodes and decodes with a whole autoencoder, then draws from its posterior.
void check_whole(const std::string& name) {
  const Golden golden(name);
  AutoencoderKL vae(nn::root(), VaeConfig::read(golden.config()));
  golden.load(vae, "AutoencoderKL");
  const nn::Recorder recorder;
  const sdxl::DiagonalGaussian posterior = vae.encode(golden.input("image"));
  vae.decode(golden.input("latents"));
  CHECK(golden.compare(recorder, limit) == "");

  sdxl::SeededNoise noise(5);
  const nn::Recorder::Entry ours = {"sample", posterior.sample(noise)};
  CHECK(nn::compare({ours}, {{"sample", golden.input("sample")}}).verdict(limit) == "");
}

}  // namespace

TEST_CASE("vae: DownEncoderBlock2D equals diffusers with and without halving") {
  CHECK(check_block(sdxl::DownEncoderBlock2D(nn::root(), {12, 18, 2, 3, true}), "vae_down") == "");
  CHECK(check_block(sdxl::DownEncoderBlock2D(nn::root(), {12, 12, 2, 3, false}), "vae_down_last") ==
        "");
}

TEST_CASE("vae: UpDecoderBlock2D equals diffusers with and without doubling") {
  CHECK(check_block(sdxl::UpDecoderBlock2D(nn::root(), {12, 18, 2, 3, true}), "vae_up") == "");
  CHECK(check_block(sdxl::UpDecoderBlock2D(nn::root(), {12, 6, 2, 3, false}), "vae_up_last") == "");
}

TEST_CASE("vae: UNetMidBlock2D equals diffusers with and without attention") {
  CHECK(check_block(sdxl::UNetMidBlock2D(nn::root(), 12, 3, true), "vae_mid") == "");
  CHECK(check_block(sdxl::UNetMidBlock2D(nn::root(), 12, 3, false), "vae_mid_plain") == "");
}

TEST_CASE("vae: the attention equals diffusers") {
  CHECK(check_block(sdxl::VaeAttention(nn::root(), 12, 3), "vae_attention") == "");
}

TEST_CASE("vae: an autoencoder of three levels equals diffusers at every module") {
  check_whole("vae_sdxl");
}

TEST_CASE("vae: an autoencoder without attention and quant_conv equals diffusers") {
  check_whole("vae_other");
}

TEST_CASE("vae: an autoencoder of one level equals diffusers") { check_whole("vae_one_level"); }

TEST_CASE("vae: the autoencoder in tiles equals diffusers and one tile runs whole") {
  const Golden golden("vae_tiled");
  AutoencoderKL vae(nn::root(), VaeConfig::read(golden.config()));
  golden.load(vae, "AutoencoderKL");
  const nn::Recorder::Entry moments = {"moments",
                                       vae.encode_tiled(golden.input("image")).moments()};
  const nn::Recorder::Entry image = {"image", vae.decode_tiled(golden.input("latents"))};
  const nn::Comparison comparison = nn::compare(
      {moments, image}, {{"moments", golden.output("moments")}, {"image", golden.output("image")}});
  CHECK(comparison.verdict(limit) == "");

  const Tensor one_tile = tensor::slice(tensor::slice(golden.input("latents"), 2, 0, 4), 3, 0, 4);
  CHECK(nn::compare({{"image", vae.decode_tiled(one_tile)}}, {{"image", vae.decode(one_tile)}})
            .verdict(0) == "");
}
