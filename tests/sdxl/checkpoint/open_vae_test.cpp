#include "sdxl/checkpoint/open_vae.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "nn/parameter.h"
#include "sdxl/checkpoint/single_file_names.h"
#include "sdxl/pipeline/stable_diffusion_xl.h"
#include "sdxl/vae/autoencoder_kl.h"
#include "sdxl/vae/autoencoder_tiny.h"
#include "tensor/io/safetensors.h"
#include "tests/support/paths.h"
#include "tests/support/scratch_folder.h"

namespace fs = std::filesystem;
using sdxl::AutoencoderKL;
using sdxl::AutoencoderTiny;
using sdxl::open_vae;
using support::ScratchFolder;
using tensor::Tensor;
using tensor::io::NamedTensors;

namespace {

fs::path models() { return support::golden_path("").parent_path() / "models"; }

/// Every parameter's numbers, by name.
std::string differences(const nn::Module& a, const nn::Module& b) {
  const auto ours = nn::all_parameters(a), theirs = nn::all_parameters(b);
  if (ours.size() != theirs.size()) return "the numbers of parameters";
  for (size_t i = 0; i < ours.size(); ++i) {
    const Tensor x = ours[i]->to_tensor(), y = theirs[i]->to_tensor();
    if (!std::equal(x.data(), x.data() + x.size(), y.data(), y.data() + y.size())) {
      return ours[i]->name();
    }
  }
  return "";
}

/// A full autoencoder by Stability's names, behind a prefix.
NamedTensors stability_names(const AutoencoderKL& vae, const std::string& prefix) {
  NamedTensors tensors;
  for (const nn::Parameter* parameter : nn::all_parameters(vae)) {
    const auto place =
        sdxl::single_file_vae(parameter->name(), static_cast<int>(vae.config().levels()));
    const Tensor x = parameter->to_tensor();
    const bool is_matrix = place.part == sdxl::SingleFilePlace::Part::as_matrix;
    tensors.emplace_back(prefix + place.name,
                         is_matrix ? x.reshape({x.dim(0), x.dim(1), 1, 1}) : x);
  }
  return tensors;
}

}  // namespace

TEST_CASE("open_vae: a tiny one from its folder and from the file in it") {
  const auto own = sdxl::VaeConfig::sdxl();
  const auto folder = open_vae(models() / "vae_tiny", "", own);
  REQUIRE(dynamic_cast<const AutoencoderTiny*>(folder.get()) != nullptr);
  const auto file =
      open_vae(models() / "vae_tiny" / "diffusion_pytorch_model.safetensors", "", own);
  CHECK(differences(*file, *folder) == "");

  const ScratchFolder scratch;  // no config beside it: the sizes of TAESD, which these aren't
  const fs::path alone = scratch.path() / "renamed.safetensors";
  fs::copy_file(models() / "vae_tiny" / "diffusion_pytorch_model.safetensors", alone);
  CHECK_THROWS_WITH_AS(open_vae(alone, "", own), doctest::Contains("does not fit AutoencoderTiny"),
                       std::runtime_error);
}

TEST_CASE("open_vae: a full one from a model's folder and by Stability's names") {
  const auto folder = open_vae(models() / "three_levels_f32", "", sdxl::VaeConfig::sdxl());
  const auto& full = dynamic_cast<const AutoencoderKL&>(*folder);
  CHECK(full.config().scaling_factor == 0.3);
  const ScratchFolder scratch;
  const fs::path path = scratch.path() / "renamed.safetensors";
  for (const std::string prefix : {"", "first_stage_model.", "vae."}) {
    CAPTURE(prefix);
    NamedTensors tensors = stability_names(full, prefix);
    if (!prefix.empty()) tensors.emplace_back("model.diffusion_model.x", Tensor::zeros({1}));
    tensor::io::write_safetensors(path, tensors);
    sdxl::VaeConfig own = full.config();
    own.scaling_factor = 0.7;  // the model's own, which goes for the file
    const auto file = open_vae(path, "", own);
    CHECK(differences(*file, full) == "");
    CHECK(dynamic_cast<const AutoencoderKL&>(*file).config().scaling_factor == 0.7);
  }
  NamedTensors tensors = stability_names(full, "");
  tensors.emplace_back("decoder.more.weight", Tensor::zeros({1}));
  tensor::io::write_safetensors(path, tensors);
  CHECK_THROWS_WITH(open_vae(path, "", full.config()), doctest::Contains("unused in file (1)"));
}

TEST_CASE("open_vae: a path without an autoencoder is refused") {
  const ScratchFolder scratch;
  const auto own = sdxl::VaeConfig::sdxl();
  const fs::path path = scratch.path() / "x.safetensors";
  tensor::io::write_safetensors(path, {{"decoder.layers.0.weight", Tensor::zeros({1})}});
  CHECK_THROWS_WITH_AS(open_vae(path, "", own),
                       doctest::Contains("holds no whole autoencoder (decoder.layers.0.weight"),
                       std::runtime_error);
  CHECK_THROWS_WITH(open_vae(scratch.path(), "", own), doctest::Contains("has no config.json"));
  CHECK_THROWS_WITH(open_vae(scratch.path() / "nowhere", "", own),
                    doctest::Contains("there is no such file or folder"));
  CHECK_THROWS_WITH(open_vae(models() / "three_levels_f32" / "unet", "", own),
                    doctest::Contains("expected a config of AutoencoderKL, AutoencoderTiny"));
}

TEST_CASE("open_vae: an autoencoder of other latent channels does not fit a model") {
  const auto with_vae = [](const fs::path& path) {
    return sdxl::StableDiffusionXL(
        sdxl::open_checkpoint(models() / "three_levels_f32", {.parts = {.vae = path}}));
  };
  const sdxl::StableDiffusionXL model = with_vae(models() / "vae_tiny");
  CHECK(dynamic_cast<const AutoencoderTiny*>(model.vae.get()) != nullptr);

  const ScratchFolder scratch;
  scratch.write("config.json", R"({"_class_name": "AutoencoderTiny", "latent_channels": 3,
      "num_encoder_blocks": [0], "num_decoder_blocks": [0],
      "encoder_block_out_channels": [1], "decoder_block_out_channels": [1]})");
  const auto weight = [](int64_t out, int64_t in) { return Tensor::zeros({out, in, 3, 3}); };
  tensor::io::write_safetensors(scratch.path() / "diffusion_pytorch_model.safetensors",
                                {{"encoder.layers.0.weight", weight(1, 3)},
                                 {"encoder.layers.0.bias", Tensor::zeros({1})},
                                 {"encoder.layers.1.weight", weight(3, 1)},
                                 {"encoder.layers.1.bias", Tensor::zeros({3})},
                                 {"decoder.layers.0.weight", weight(1, 3)},
                                 {"decoder.layers.0.bias", Tensor::zeros({1})},
                                 {"decoder.layers.2.weight", weight(3, 1)},
                                 {"decoder.layers.2.bias", Tensor::zeros({3})}});
  CHECK_THROWS_WITH(with_vae(scratch.path()),
                    doctest::Contains("an autoencoder whose latents have 3 channels; expected 4"));
}
