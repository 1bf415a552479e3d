#include "sdxl/checkpoint/diffusers_folder.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <fstream>

#include "sdxl/checkpoint/weight_files.h"
#include "tensor/io/safetensors.h"

namespace fs = std::filesystem;
using sdxl::DiffusersFolder;
using tensor::Tensor;

namespace {

/// An empty folder of a test's own, gone at its end.
struct Scratch {
  fs::path path = fs::temp_directory_path() / ("glassbox-folder-" + std::to_string(getpid()));
  Scratch() {
    fs::remove_all(path);
    fs::create_directories(path);
  }
  ~Scratch() { fs::remove_all(path); }
};

void write_text(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

void write_weight(const fs::path& path, const std::string& name, float value = 1.0f) {
  fs::create_directories(path.parent_path());
  tensor::io::write_safetensors(path, {{name, Tensor::full({2}, value)}});
}

float first_number(const nn::WeightSource& source, const std::string& name) {
  return Tensor::from(source.weights.at(name)).at({0});
}

const std::string base_index = R"({"_class_name": "StableDiffusionXLPipeline",
  "text_encoder": ["transformers", "CLIPTextModel"], "tokenizer": [null, null]})";

}  // namespace

TEST_CASE("checkpoint: the tiny model has all its components") {
  const DiffusersFolder folder(GLASSBOX_SOURCE_DIR "/examples/tiny_sdxl/model");
  CHECK(folder.components().size() == 7);
  CHECK_NOTHROW(folder.expect_components(folder.components()));
  CHECK(folder.name() == "model");
  CHECK_FALSE(folder.force_zeros_for_empty_prompt());
}

TEST_CASE("checkpoint: a folder of another kind is refused with its kind") {
  const Scratch scratch;
  const fs::path& path = scratch.path;
  const auto open = [&] { DiffusersFolder folder(path); };
  CHECK_THROWS_WITH_AS(DiffusersFolder(path / "nowhere"),
                       doctest::Contains("there is no such folder"), std::runtime_error);
  CHECK_THROWS_WITH_AS(open(), doctest::Contains("no model_index.json"), std::runtime_error);
  write_text(path / "file.safetensors", "x");
  CHECK_THROWS_WITH_AS(DiffusersFolder(path / "file.safetensors"),
                       doctest::Contains("is a file; expected a diffusers folder"),
                       std::runtime_error);
  write_text(path / "config.json", R"({"_class_name": "UNet2DConditionModel"})");
  CHECK_THROWS_WITH_AS(open(), doctest::Contains("one part of a model alone (UNet2DCondition"),
                       std::runtime_error);
  const auto refuses = [&](const std::string& class_name, const char* said) {
    write_text(path / "model_index.json", R"({"_class_name": ")" + class_name + "\"}");
    CHECK_THROWS_WITH_AS(open(), doctest::Contains(said), std::runtime_error);
  };
  refuses("StableDiffusionUpscalePipeline", "(a relative of Stable Diffusion 1 or 2)");
  refuses("StableDiffusion3Pipeline", "(Stable Diffusion 3)");
  refuses("FluxPipeline", "(FLUX)");
  write_text(path / "model_index.json", "{");
  CHECK_THROWS_WITH_AS(open(), doctest::Contains("is the file damaged?"), std::runtime_error);
}

TEST_CASE("checkpoint: one message names all missing components") {
  const Scratch scratch;
  write_text(scratch.path / "model_index.json", base_index);
  write_text(scratch.path / "scheduler/scheduler_config.json", "{}");
  write_text(scratch.path / "tokenizer_2/vocab.json", "{}");
  write_text(scratch.path / "unet/config.json", "{}");
  write_text(scratch.path / "vae/config.json", "{}");
  write_text(scratch.path / "vae/diffusion_pytorch_model.bin", "");
  const DiffusersFolder folder(scratch.path);
  CHECK_FALSE(folder.has_component("tokenizer"));
  try {
    folder.expect_components(folder.components());
    FAIL("no error");
  } catch (const std::runtime_error& error) {
    const std::string message = error.what();
    for (const char* said :
         {"tokenizer_2: vocab.json and merges.txt, or tokenizer.json", "text_encoder_2: the folder",
          "text_encoder: the folder", "expected diffusion_pytorch_model.safetensors",
          "a pickle can run code", "there: scheduler"}) {
      CHECK_MESSAGE(message.find(said) != std::string::npos, said, " in ", message);
    }
    CHECK(message.find("tokenizer: ") == std::string::npos);
  }
}

TEST_CASE("checkpoint: plain weights come before a variant and a single variant is taken") {
  const Scratch scratch;
  const fs::path unet = scratch.path / "unet";
  write_text(scratch.path / "model_index.json", base_index);
  write_weight(unet / "diffusion_pytorch_model.fp16.safetensors", "w", 16.0f);
  CHECK(first_number(DiffusersFolder(scratch.path).weights("unet"), "w") == 16.0f);
  write_weight(unet / "diffusion_pytorch_model.bf16.safetensors", "w", 17.0f);
  CHECK_THROWS_WITH_AS(DiffusersFolder(scratch.path).weights("unet"),
                       doctest::Contains("several variants of its weights (bf16, fp16)"),
                       std::runtime_error);
  write_weight(unet / "diffusion_pytorch_model.safetensors", "w", 32.0f);
  DiffusersFolder plain(scratch.path);
  CHECK(first_number(plain.weights("unet"), "w") == 32.0f);
  DiffusersFolder half(scratch.path, {.variant = "fp16"});
  CHECK(first_number(half.weights("unet"), "w") == 16.0f);
  CHECK_THROWS_WITH_AS(DiffusersFolder(scratch.path, {.variant = "fp8"}),
                       doctest::Contains("no part of it has weights of the variant fp8"),
                       std::runtime_error);
}

TEST_CASE("checkpoint: text encoders are read with and without their prefix") {
  const Scratch scratch;
  write_text(scratch.path / "model_index.json", base_index);
  fs::create_directories(scratch.path / "text_encoder");
  tensor::io::write_safetensors(scratch.path / "text_encoder/model.safetensors",
                                {{"embeddings.position_ids", Tensor::zeros({1})},
                                 {"final_layer_norm.bias", Tensor::zeros({1})},
                                 {"text_model.final_layer_norm.weight", Tensor::zeros({1})},
                                 {"text_projection.weight", Tensor::zeros({1, 1})}});
  DiffusersFolder folder(scratch.path);
  const nn::WeightSource source = folder.weights("text_encoder");
  CHECK(source.weights.size() == 3);
  CHECK(source.weights.contains("text_model.final_layer_norm.bias"));
  CHECK(source.weights.contains("text_model.final_layer_norm.weight"));
  CHECK(source.weights.contains("text_projection.weight"));
}

TEST_CASE("checkpoint: sharded weights are gathered by their index") {
  const Scratch scratch;
  const fs::path index = scratch.path / "diffusion_pytorch_model.safetensors.index.json";
  write_weight(scratch.path / "m-00001-of-00002.safetensors", "a", 1.0f);
  write_weight(scratch.path / "m-00002-of-00002.safetensors", "b", 2.0f);
  const auto with_map = [&](const std::string& map) {
    write_text(index, R"({"metadata": {"total_size": 16}, "weight_map": )" + map + "}");
    return sdxl::open_weights(index);
  };
  const nn::WeightSource both =
      with_map(R"({"a": "m-00001-of-00002.safetensors", "b": "m-00002-of-00002.safetensors"})");
  CHECK(both.owners.files.size() == 2);
  CHECK(first_number(both, "b") == 2.0f);
  CHECK(sdxl::find_weights(scratch.path, "diffusion_pytorch_model", "") == index);

  CHECK_THROWS_WITH_AS(with_map(R"({"c": "m-00001-of-00002.safetensors"})"),
                       doctest::Contains("but it does not"), std::runtime_error);
  CHECK_THROWS_WITH_AS(with_map(R"({"a": "../m-00001-of-00002.safetensors"})"),
                       doctest::Contains("expected the name of a safetensors file"),
                       std::runtime_error);
  CHECK_THROWS_WITH_AS(with_map(R"({"a": 3})"), doctest::Contains("got 3"), std::runtime_error);
  CHECK_THROWS_WITH_AS(with_map("[]"), doctest::Contains("weight_map"), std::runtime_error);
  const std::string nested = std::string(100'000, '[') + std::string(100'000, ']');
  CHECK_THROWS_WITH_AS(with_map("{\"a\": " + nested + "}"), doctest::Contains("weight_map"),
                       std::runtime_error);
  CHECK_THROWS_AS(with_map(R"({"a": "m-00003-of-00002.safetensors"})"), std::runtime_error);
}
