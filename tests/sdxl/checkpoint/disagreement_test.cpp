#include <doctest/doctest.h>

#include <fstream>

#include "sdxl/checkpoint/checkpoint.h"
#include "sdxl/checkpoint/single_file.h"
#include "sdxl/scheduler/scheduler.h"
#include "tests/support/odd_models.h"

// Files of one model that disagree, or that lack a field that others have.

namespace fs = std::filesystem;
using nlohmann::json;
using sdxl::StableDiffusionXL;
using support::ModelCopy;
using support::Notes;
using tensor::Tensor;
using tensor::io::NamedTensors;

namespace {

StableDiffusionXL open(const fs::path& path, Notes& notes, const fs::path& config = {}) {
  return StableDiffusionXL(
      sdxl::open_checkpoint(path, {.config = config, .policy = notes.policy()}));
}

}  // namespace

TEST_CASE("disagreement: the scheduler is that of model_index.json with the config's fields") {
  for (const auto& [listed, own] : std::vector<std::pair<std::string, std::string>>{
           {"EulerDiscreteScheduler", "DDIMScheduler"},
           {"EulerDiscreteScheduler", "PNDMScheduler"},
           {"EulerAncestralDiscreteScheduler", "DDPMScheduler"},
           {"DPMSolverMultistepScheduler", "EulerDiscreteScheduler"}}) {
    const ModelCopy copy("three_levels_f32");
    copy.edit("model_index.json", [&listed = listed](json& j) {
      j["scheduler"] = {"diffusers", listed};
    });
    copy.edit("scheduler/scheduler_config.json", [&own = own](json& j) { j["_class_name"] = own; });
    Notes notes;
    const StableDiffusionXL model = open(copy.folder(), notes);
    CHECK(model.scheduler_config.class_name == listed);
    CHECK(model.scheduler_config.steps_offset == 1);  // a field of the config
    CHECK(notes.have("is a config of " + own + ", but model_index.json lists " + listed));
  }
}

TEST_CASE("disagreement: classes of other components are those of model_index.json") {
  const ModelCopy copy("three_levels_f32");
  copy.edit("text_encoder/config.json", [](json& j) { j.erase("architectures"); });
  copy.edit("text_encoder_2/config.json", [](json& j) { j["architectures"] = {"CLIPTextModel"}; });
  copy.edit("unet/config.json", [](json& j) { j.erase("_class_name"); });
  copy.edit("vae/config.json", [](json& j) { j["_class_name"] = "AutoencoderKLTemporalDecoder"; });
  Notes notes;
  const StableDiffusionXL model = open(copy.folder(), notes);
  CHECK(model.text_encoder->config().projection_dim == 0);
  CHECK(model.text_encoder_2->config().projection_dim > 0);
  CHECK(notes.texts.size() == 2);  // an absent class needs none
  CHECK(notes.have("lists CLIPTextModelWithProjection"));
  CHECK(notes.have("lists AutoencoderKL:"));
}

TEST_CASE("disagreement: a folder is what its components are, not the pipeline it was saved by") {
  for (const json& pipeline :
       {json("StableDiffusionXLControlNetPipeline"), json("StableDiffusionXLPAGPipeline"),
        json::parse(R"(["my_pipeline", "MyPipeline"])"), json(nullptr)}) {
    const ModelCopy copy("three_levels_f32");
    copy.edit("model_index.json", [&](json& j) { j["_class_name"] = pipeline; });
    Notes notes;
    CHECK(open(copy.folder(), notes).text_encoder_2.has_value());
    CHECK(notes.texts.size() == 1);
    CHECK(notes.have("it is used as Stable Diffusion XL"));
  }
  const ModelCopy other("three_levels_f32");
  other.edit("model_index.json", [](json& j) {
    j["_class_name"] = "KolorsPipeline";
    j["text_encoder"] = {"kolors", "ChatGLMModel"};
  });
  Notes notes;
  CHECK_THROWS_WITH(open(other.folder(), notes), doctest::Contains("holds a KolorsPipeline"));
}

TEST_CASE(
    "disagreement: null flags of model_index.json are false, absent ones have their default") {
  const ModelCopy copy("three_levels_f32");
  const auto forces_zeros = [&] {
    return sdxl::open_checkpoint(copy.folder())->force_zeros_for_empty_prompt();
  };
  copy.edit("model_index.json", [](json& j) { j["force_zeros_for_empty_prompt"] = nullptr; });
  CHECK_FALSE(forces_zeros());
  copy.edit("model_index.json", [](json& j) { j.erase("force_zeros_for_empty_prompt"); });
  CHECK(forces_zeros());
}

TEST_CASE("disagreement: the UNet's widths say whether a model is a refiner") {
  const ModelCopy refiner("refiner_f16");
  Notes notes;
  CHECK(open(refiner.folder(), notes).is_refiner());
  CHECK(notes.texts.empty());
  refiner.edit("model_index.json", [](json& j) { j.erase("requires_aesthetics_score"); });
  CHECK(open(refiner.folder(), notes).is_refiner());
  CHECK(notes.have("requires_aesthetics_score of model_index.json is absent or false"));

  const ModelCopy base("three_levels_f32");
  base.edit("model_index.json", [](json& j) { j["requires_aesthetics_score"] = true; });
  CHECK_FALSE(open(base.folder(), notes).is_refiner());
  CHECK(notes.have("it is used as a base"));
}

TEST_CASE("disagreement: components that don't fit each other are refused when they are loaded") {
  const auto refuses = [](const std::string& file, const std::function<void(json&)>& change,
                          const std::string& said) {
    const ModelCopy copy("three_levels_f32");
    copy.edit(file, change);
    Notes notes;
    CHECK_THROWS_WITH_AS(open(copy.folder(), notes), doctest::Contains(said.c_str()),
                         std::runtime_error);
  };
  refuses(
      "unet/config.json", [](json& j) { j["in_channels"] = 8; }, "has 8 input channels");
  refuses(
      "unet/config.json", [](json& j) { j["out_channels"] = 8; }, "latents have 4 channels");
  refuses(
      "unet/config.json", [](json& j) { j["cross_attention_dim"] = 8; }, "text encoders have");
  refuses(
      "unet/config.json", [](json& j) { j["addition_time_embed_dim"] = 2; },
      "its UNet's add_embedding has");
  refuses(
      "tokenizer/tokenizer_config.json", [](json& j) { j["model_max_length"] = 100; },
      "model_max_length is 100");
  refuses(
      "tokenizer_2/tokenizer_config.json", [](json& j) { j["model_max_length"] = 20; },
      "its tokenizers is 77 and 20");
}

TEST_CASE("disagreement: a part without the variant gives its plain weights, with a note") {
  const ModelCopy copy("three_levels_f32");
  const auto rename = [&](const std::string& part, const std::string& stem) {
    fs::rename(copy.folder() / part / (stem + ".safetensors"),
               copy.folder() / part / (stem + ".fp16.safetensors"));
  };
  rename("unet", "diffusion_pytorch_model");
  rename("text_encoder", "model");
  Notes notes;
  const auto checkpoint =
      sdxl::open_checkpoint(copy.folder(), {.variant = "fp16", .policy = notes.policy()});
  const StableDiffusionXL model(
      sdxl::open_checkpoint(copy.folder(), {.variant = "fp16", .policy = notes.policy()}));
  CHECK(notes.texts.size() == 2);
  CHECK(notes.have("text_encoder_2: has no variant fp16; model.safetensors is read"));
  CHECK(notes.have("vae: has no variant fp16"));
  CHECK_THROWS_WITH(sdxl::open_checkpoint(copy.folder(), {.variant = "bf16"}),
                    doctest::Contains("no part of it has weights of the variant bf16"));
}

TEST_CASE("disagreement: marks in a file count more than a config, with a note") {
  const fs::path config = support::tiny_model("three_levels_f32");  // predicts epsilon
  const support::ScratchFolder scratch;
  const fs::path path = scratch.path() / "x.safetensors";
  const auto read = [&](const NamedTensors& marks, Notes& notes) {
    NamedTensors tensors = support::as_single_file(StableDiffusionXL(sdxl::open_checkpoint(config)),
                                                   "conditioner.embedders.0.transformer.",
                                                   "conditioner.embedders.1.model.");
    tensors.insert(tensors.end(), marks.begin(), marks.end());
    tensor::io::write_safetensors(path, tensors);
    return sdxl::open_checkpoint(path, {.config = config, .policy = notes.policy()})
        ->scheduler_config();
  };
  Notes none, of_v, of_both;
  CHECK(read({}, none).prediction_type == sdxl::PredictionType::epsilon);
  CHECK(none.texts.empty());
  CHECK(read({{"v_pred", Tensor::zeros({0})}}, of_v).prediction_type ==
        sdxl::PredictionType::v_prediction);
  CHECK(of_v.have("v_pred mark a model"));
  CHECK(read({{"v_pred", Tensor::zeros({0})}, {"ztsnr", Tensor::zeros({0})}}, of_both)
            .rescale_betas_zero_snr);
  CHECK(of_both.have("v_pred and ztsnr"));
}

TEST_CASE("disagreement: SD-Turbo's layout is Stable Diffusion 2, not SDXL's refiner") {
  const fs::path config = support::tiny_model("sd_2_f16");
  const StableDiffusionXL folder(sdxl::open_checkpoint(config));
  const support::ScratchFolder scratch;
  const fs::path path = scratch.path() / "sd_turbo.safetensors";
  for (const std::string prefix : {"conditioner.embedders.0.model.", "cond_stage_model.model."}) {
    tensor::io::write_safetensors(path, support::as_single_file(folder, "", prefix));
    CHECK(sdxl::SingleFile(path).kind() == sdxl::ModelKind::sd_2);
    Notes notes;
    CHECK(support::difference(*open(path, notes, config).text_encoder, *folder.text_encoder) == "");
  }
  const bool is_turbo =
      sdxl::SingleFile(path).scheduler_config().prediction_type == sdxl::PredictionType::epsilon;
  CHECK_FALSE(is_turbo);  // the second one is Stable Diffusion 2.1
}
