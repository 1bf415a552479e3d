#include <doctest/doctest.h>

#include <fstream>

#include "nn/load.h"
#include "nn/parameter.h"
#include "sdxl/checkpoint/checkpoint.h"
#include "sdxl/checkpoint/part_names.h"
#include "sdxl/checkpoint/single_file_names.h"
#include "sdxl/checkpoint/unet_sizes.h"
#include "sdxl/vae/autoencoder_kl.h"
#include "tests/support/golden.h"
#include "tests/support/odd_models.h"

// Parts of a model from elsewhere, in each form that they are published in.

namespace fs = std::filesystem;
using sdxl::PartPaths;
using sdxl::StableDiffusionXL;
using support::difference;
using support::ModelCopy;
using support::tiny_model;
using tensor::Tensor;
using tensor::io::NamedTensors;

namespace {

const std::string clip_l = "conditioner.embedders.0.transformer.";
const std::string open_clip = "conditioner.embedders.1.model.";
const std::string name = "every_level_bf16";

StableDiffusionXL own() { return StableDiffusionXL(sdxl::open_checkpoint(tiny_model(name))); }

StableDiffusionXL open(const fs::path& model, const PartPaths& parts, const fs::path& config = {}) {
  return StableDiffusionXL(sdxl::open_checkpoint(model, {.config = config, .parts = parts}));
}

/// A file of tensors in a folder of its own, so that no config.json lies beside it.
struct PartFile {
  explicit PartFile(const NamedTensors& tensors) : path(scratch.path() / "part.safetensors") {
    tensor::io::write_safetensors(path, tensors);
  }
  support::ScratchFolder scratch;
  fs::path path;
};

NamedTensors whole() { return support::as_single_file(own(), clip_l, open_clip); }

}  // namespace

TEST_CASE("parts: a UNet in each of its namings, alone or in a checkpoint or a folder") {
  // A model with another UNet, all zeros, in place of the one that is looked for.
  const ModelCopy copy(name);
  copy.edit_weights("unet/diffusion_pytorch_model.safetensors", [](NamedTensors& tensors) {
    for (auto& [key, x] : tensors) x = Tensor::zeros(x.shape());
  });
  const StableDiffusionXL wanted = own();
  REQUIRE(difference(open(copy.folder(), {}).unet, wanted.unet) != "");
  const auto check = [&](const fs::path& unet) {
    const StableDiffusionXL model = open(copy.folder(), {.unet = unet});
    CHECK(difference(model.unet, wanted.unet) == "");
    CHECK(model.checkpoint->name() == "model");
  };
  const std::string prefix = "model.diffusion_model.";
  const NamedTensors bare = support::below(whole(), prefix);
  NamedTensors prefixed = bare;
  for (auto& [key, x] : prefixed) key = prefix + key;
  check(PartFile(bare).path);      // ComfyUI's
  check(PartFile(prefixed).path);  // Stability's
  check(PartFile(whole()).path);   // a whole checkpoint
  const fs::path ours = tiny_model(name) / "unet";
  check(PartFile(support::tensors_of(ours / "diffusion_pytorch_model.safetensors")).path);
  check(ours);
  check(ours / "diffusion_pytorch_model.safetensors");
  check(tiny_model(name));
}

TEST_CASE("parts: a UNet without a config shows its own input channels and guidance embedding") {
  const PartFile lcm(support::tensors_of(tiny_model("lcm_f16") / "unet" /
                                         "diffusion_pytorch_model.fp16.safetensors"));
  const auto names = sdxl::find_part(lcm.path, "unet");
  REQUIRE(names.has_value());
  const auto config =
      sdxl::sized_by_file(own().unet.config(), tensor::io::SafetensorsFile(lcm.path), *names);
  CHECK(config.time_cond_proj_dim > 0);
}

TEST_CASE("parts: a UNet without a config shows its depths, as SSD-1B's and Vega's need") {
  for (const std::string family : {"base", "ssd_1b", "vega", "unequal_middle"}) {
    CAPTURE(family);
    const support::Golden golden("unet_" + family);
    const auto published = sdxl::UNetConfig::read(golden.config());
    sdxl::UNet2DConditionModel unet(nn::root(), published);
    golden.load(unet, "UNet2DConditionModel");
    NamedTensors tensors;
    for (const nn::Parameter* parameter : nn::all_parameters(unet)) {
      tensors.emplace_back(sdxl::single_file_unet(parameter->name(), published).name,
                           parameter->to_tensor());
    }
    const PartFile part(tensors);
    sdxl::UNetConfig plain = published;  // as that of the base
    plain.transformer_layers_per_block = {1, 1, 1};
    plain.mid_block_type = sdxl::BlockType::cross_attention;
    plain.down_depths.clear();
    plain.up_depths.clear();
    const tensor::io::SafetensorsFile file(part.path);
    const auto names = sdxl::find_part(file, "unet");
    REQUIRE(names.has_value());
    sdxl::UNet2DConditionModel sized(nn::root(), sdxl::sized_by_file(plain, file, *names));
    nn::load(sized, "UNet2DConditionModel", sdxl::part_weights(file, *names, sized));
    CHECK(difference(sized, unet) == "");
  }
}

TEST_CASE("parts: text encoders by transformers', Stability's and OpenCLIP's names") {
  const StableDiffusionXL wanted = own();
  const ModelCopy copy(name);
  fs::remove(copy.folder() / "text_encoder" / "model.safetensors");
  fs::remove(copy.folder() / "text_encoder_2" / "model.safetensors");
  const auto check = [&](const fs::path& first, const fs::path& second) {
    const StableDiffusionXL model =
        open(copy.folder(), {.text_encoder = first, .text_encoder_2 = second});
    CHECK(difference(*model.text_encoder, *wanted.text_encoder) == "");
    CHECK(difference(*model.text_encoder_2, *wanted.text_encoder_2) == "");
  };
  check(tiny_model(name), tiny_model(name) / "text_encoder_2");
  check(PartFile(whole()).path, PartFile(whole()).path);
  check(PartFile(support::below(whole(), clip_l)).path,
        PartFile(support::below(whole(), open_clip)).path);
  check(tiny_model(name) / "text_encoder" / "model.safetensors",
        tiny_model(name) / "text_encoder_2" / "model.safetensors");
}

TEST_CASE("parts: an autoencoder for a folder and for a file that have none") {
  const StableDiffusionXL wanted = own();
  const ModelCopy copy(name);
  fs::remove_all(copy.folder() / "vae");
  const fs::path vae = tiny_model(name) / "vae";
  CHECK_THROWS_WITH(open(copy.folder(), {}), doctest::Contains("vae: the folder"));
  CHECK(difference(*open(copy.folder(), {.vae = vae}).vae, *wanted.vae) == "");

  NamedTensors tensors = whole();
  std::erase_if(tensors, [](const auto& t) { return t.first.starts_with("first_stage_model."); });
  const PartFile file(tensors);
  CHECK_THROWS_WITH(open(file.path, {}, tiny_model(name)),
                    doctest::Contains("or another one by --vae"));
  CHECK(difference(*open(file.path, {.vae = vae}, tiny_model(name)).vae, *wanted.vae) == "");
  const auto checkpoint = sdxl::open_checkpoint(copy.folder(), {.parts = {.vae = vae}});
  CHECK_NOTHROW(checkpoint->expect_components({"vae"}));
  CHECK(difference(*checkpoint->autoencoder(), *wanted.vae) == "");
}

TEST_CASE("parts: a tokenizer and a scheduler's config by folder, by file and by model") {
  const ModelCopy copy(name);
  fs::remove_all(copy.folder() / "tokenizer");
  fs::remove_all(copy.folder() / "scheduler");
  const fs::path model = tiny_model(name);
  for (const fs::path& tokenizer :
       {model, model / "tokenizer", model / "tokenizer" / "tokenizer.json"}) {
    for (const fs::path& scheduler :
         {model, model / "scheduler", model / "scheduler" / "scheduler_config.json"}) {
      const StableDiffusionXL opened =
          open(copy.folder(), {.tokenizer = tokenizer, .scheduler_config = scheduler});
      CHECK(opened.tokenizer->encode("a star").ids == own().tokenizer->encode("a star").ids);
      CHECK(opened.scheduler_config.prediction_type == own().scheduler_config.prediction_type);
    }
  }
}

TEST_CASE("parts: a path that holds no such part is refused with what it holds") {
  const auto refuses = [](const PartPaths& parts, const std::string& said) {
    CHECK_THROWS_WITH_AS(open(tiny_model(name), parts), doctest::Contains(said.c_str()),
                         std::runtime_error);
  };
  const PartFile vae(
      support::tensors_of(tiny_model(name) / "vae" / "diffusion_pytorch_model.safetensors"));
  refuses({.unet = vae.path}, "holds no unet (");
  refuses({.text_encoder = vae.path}, "holds no text_encoder (");
  refuses({.unet = "nowhere"}, "nowhere: there is no such file or folder; expected a UNet");
  refuses({.scheduler_config = vae.scratch.path()}, "has no scheduler_config.json");
  refuses({.text_encoder_2 = tiny_model("refiner_f16")}, "");
  refuses({.unet = tiny_model("sd_1_f32")}, "text encoders have");
}
