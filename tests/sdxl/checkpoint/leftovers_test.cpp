#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>

#include "sdxl/checkpoint/checkpoint.h"
#include "sdxl/checkpoint/single_file.h"
#include "sdxl/checkpoint/weight_files.h"
#include "tests/support/odd_models.h"

// Tensors that a model has no place for, as other programs leave them in their files.

namespace fs = std::filesystem;
using sdxl::StableDiffusionXL;
using support::ModelCopy;
using support::Notes;
using tensor::Tensor;
using tensor::io::NamedTensors;

namespace {

const std::string unet_file = "unet/diffusion_pytorch_model.safetensors";
const std::string clip_l = "conditioner.embedders.0.transformer.";
const std::string open_clip = "conditioner.embedders.1.model.";

StableDiffusionXL own() {
  return StableDiffusionXL(sdxl::open_checkpoint(support::tiny_model("every_level_bf16")));
}

/// A whole checkpoint of the tiny base with these tensors more.
fs::path write_base(const support::ScratchFolder& scratch, const NamedTensors& more) {
  NamedTensors tensors = support::as_single_file(own(), clip_l, open_clip);
  tensors.insert(tensors.end(), more.begin(), more.end());
  const fs::path path = scratch.path() / "base.safetensors";
  tensor::io::write_safetensors(path, tensors);
  return path;
}

StableDiffusionXL open(const fs::path& path, const sdxl::LoadPolicy& policy,
                       const fs::path& config = {}) {
  return StableDiffusionXL(sdxl::open_checkpoint(path, {.config = config, .policy = policy}));
}

}  // namespace

TEST_CASE("leftovers: a single file's are a note, and an error if the policy is strict") {
  const support::ScratchFolder scratch;
  const fs::path config = support::tiny_model("every_level_bf16");
  const NamedTensors leftovers = {
      // of ComfyUI, of a trainer, of a merger
      {clip_l + "text_projection.weight", Tensor::zeros({4, 4})},
      {open_clip + "visual.proj", Tensor::zeros({2})},
      {"model.diffusion_model.conv_in.weigth", Tensor::zeros({1})},
      {"first_stage_model.loss.discriminator.main.0.weight", Tensor::zeros({1})}};
  const fs::path path = write_base(scratch, leftovers);
  Notes notes;
  const StableDiffusionXL model = open(path, notes.policy(), config);
  CHECK(support::difference(model.unet, own().unet) == "");
  CHECK(notes.texts.size() == leftovers.size());
  for (const auto& tensor : leftovers) CHECK_MESSAGE(notes.have(tensor.first), tensor.first);
  CHECK(notes.have("1 tensor has no place in CLIPTextModel, and is left out: "));
  CHECK_THROWS_WITH(open(path, {}, config), doctest::Contains("unused in file (1):"));
}

TEST_CASE("leftovers: a folder's are counted in one note with the first names") {
  const ModelCopy copy("three_levels_f32");
  copy.edit_weights(unet_file, [](NamedTensors& tensors) {
    for (const char* name : {"betas", "conv_in.weigth", "ema.decay", "ema.num_updates", "z"}) {
      tensors.emplace_back(name, Tensor::zeros({1}));
    }
  });
  copy.edit_weights("text_encoder/model.safetensors", [](NamedTensors& tensors) {
    tensors.emplace_back("vision_model.post_layernorm.bias", Tensor::zeros({1}));
    tensors.emplace_back("logit_scale", Tensor::zeros({1}));  // no note about this one
  });
  Notes notes;
  open(copy.folder(), notes.policy());
  CHECK(notes.texts.size() == 2);
  CHECK(
      notes.have("5 tensors have no place in UNet2DConditionModel, and are left out: betas, "
                 "conv_in.weigth (did you mean conv_in.weight?), ema.decay ..."));
  CHECK(notes.have("vision_model.post_layernorm.bias"));
  CHECK_THROWS_WITH(open(copy.folder(), {}), doctest::Contains("vision_model.post_layernorm.bias"));
}

TEST_CASE("leftovers: a missing and a misshapen tensor stay errors") {
  const ModelCopy copy("three_levels_f32");
  Notes notes;
  copy.edit_weights(unet_file, [](NamedTensors& t) { t[0].first += ".more"; });
  CHECK_THROWS_WITH(open(copy.folder(), notes.policy()), doctest::Contains("missing in file (1)"));
  copy.edit_weights(unet_file, [](NamedTensors& t) {
    t[0].first = t[0].first.substr(0, t[0].first.size() - 5);
    t[0].second = Tensor::zeros({7});
  });
  CHECK_THROWS_WITH(open(copy.folder(), notes.policy()), doctest::Contains("wrong shape (1)"));
}

TEST_CASE("leftovers: a prefix before all names is one line, and not forty") {
  for (const std::string prefix : {"_orig_mod.", "module.", "ema_model.unet."}) {
    CAPTURE(prefix);
    const ModelCopy copy("three_levels_f32");
    copy.edit_weights(unet_file, [&](NamedTensors& tensors) {
      for (auto& [name, x] : tensors) name = prefix + name;
    });
    Notes notes;
    const StableDiffusionXL model = open(copy.folder(), notes.policy());
    CHECK(notes.texts.size() == 1);
    CHECK(notes.have("all names of UNet2DConditionModel begin with \"" + prefix + "\""));
    try {
      open(copy.folder(), {});
      FAIL("no error");
    } catch (const std::runtime_error& error) {
      const std::string text = error.what();
      CHECK(std::ranges::count(text, '\n') == 0);
      CHECK(text.find(prefix) != std::string::npos);
    }
  }
}

TEST_CASE("leftovers: one stray name does not make a whole checkpoint another model") {
  const support::ScratchFolder scratch;
  for (const std::string name :
       {"clip_g", "emb_params", "lora_unet_x.lora_down.weight", "unet.x.lora_A.weight",
        "x.hada_w1_a", "decoder.layers.0.weight", "time_embedding.linear_1.weight",
        "control_model.x", "double_blocks.0.x"}) {
    CAPTURE(name);
    const fs::path path = write_base(scratch, {{name, Tensor::zeros({1})}});
    CHECK(sdxl::SingleFile(path).kind() == sdxl::ModelKind::sdxl_base);
  }
}

TEST_CASE("leftovers: float8 weights with scales of their own are refused") {
  for (const std::string name : {"conv_in.scale_weight", "conv_in.weight_scale", "scaled_fp8"}) {
    CAPTURE(name);
    const ModelCopy copy("three_levels_f32");
    copy.edit_weights(unet_file,
                      [&](NamedTensors& t) { t.emplace_back(name, Tensor::zeros({1})); });
    Notes notes;
    CHECK_THROWS_WITH(open(copy.folder(), notes.policy()),
                      doctest::Contains("holds scaled float8 weights"));
  }
}

TEST_CASE("leftovers: a tensor of whole numbers is an error only where it is a weight") {
  const support::ScratchFolder scratch;
  const std::string header = R"({"a":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}})";
  std::string length(8, '\0');
  length[0] = static_cast<char>(header.size());
  const fs::path path = scratch.write("x.safetensors", length + header + std::string(4, '\1'));
  const nn::WeightSource source = sdxl::open_weights(path);
  REQUIRE(source.unreadable.contains("a"));
  CHECK(source.unreadable.at("a").find("expects a weight of F32") != std::string::npos);
  CHECK(source.unreadable.at("a").find("got I32: quantized weights") != std::string::npos);
}
