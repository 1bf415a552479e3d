#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "nn/load.h"
#include "nn/parameter.h"
#include "sdxl/checkpoint/diffusers_folder.h"
#include "sdxl/checkpoint/weight_files.h"
#include "sdxl/unet/unet_2d_condition.h"
#include "tensor/io/safetensors.h"
#include "tests/support/paths.h"
#include "tests/support/scratch_folder.h"

namespace fs = std::filesystem;
using sdxl::UNet2DConditionModel;
using tensor::Tensor;

namespace {

fs::path model_folder() {
  return support::golden_path("").parent_path() / "models" / "three_levels_f32";
}

Tensor run(const UNet2DConditionModel& unet) {
  const sdxl::UNetConfig& c = unet.config();
  sdxl::Conditioning cond;
  cond.context = Tensor::full({1, 5, c.cross_attention_dim}, 0.25f);
  cond.time_ids = Tensor::full({1, 6}, 64.0f);
  cond.pooled = Tensor::full(
      {1, c.projection_class_embeddings_input_dim - 6 * c.addition_time_embed_dim}, 0.5f);
  return unet.forward(Tensor::full({1, c.in_channels, 8, 8}, 0.75f), 501.0f, cond);
}

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.shape() == b.shape() && std::equal(a.data(), a.data() + a.size(), b.data());
}

std::map<std::string, Tensor> tensors_of(const nn::Module& model) {
  std::map<std::string, Tensor> tensors;
  for (const nn::Parameter* parameter : nn::all_parameters(model)) {
    tensors.emplace(parameter->name(), parameter->to_tensor());
  }
  return tensors;
}

}  // namespace

TEST_CASE("ownership: a UNet from arrays in memory keeps them after the dictionary") {
  const sdxl::DiffusersFolder folder(model_folder());
  UNet2DConditionModel of_file(nn::root(), folder.unet_config());
  folder.load("unet", of_file);

  UNet2DConditionModel of_tensors(nn::root(), folder.unet_config());
  {
    std::map<std::string, Tensor> tensors = tensors_of(of_file);
    const nn::WeightSource source = nn::WeightSource::from_tensors(tensors, "a dictionary");
    CHECK(source.weights.at("conv_in.weight").data == tensors.at("conv_in.weight").data());
    nn::load(of_tensors, "UNet2DConditionModel", source);
    tensors.erase("conv_in.bias");
    CHECK_THROWS_WITH_AS(nn::load(of_tensors, "UNet2DConditionModel",
                                  nn::WeightSource::from_tensors(tensors, "a dictionary")),
                         doctest::Contains("a dictionary does not fit UNet2DConditionModel"),
                         std::runtime_error);
  }
  CHECK(same_bits(run(of_tensors), run(of_file)));
}

TEST_CASE("ownership: a loaded model keeps its file mapped and nothing else does") {
  const support::ScratchFolder scratch;
  const fs::path path = scratch.path() / "unet.safetensors";
  fs::copy_file(model_folder() / "unet" / "diffusion_pytorch_model.safetensors", path);
  auto unet = std::make_unique<UNet2DConditionModel>(
      nn::root(), sdxl::DiffusersFolder(model_folder()).unet_config());
  std::weak_ptr<const tensor::io::MappedFile> mapping;
  {
    const nn::WeightSource source = sdxl::open_weights(path);
    REQUIRE(source.owners.files.size() == 1);
    mapping = source.owners.files.front();
    nn::load(*unet, "UNet2DConditionModel", source);
  }
  fs::remove(path);
  CHECK(!mapping.expired());
  const Tensor before = run(*unet);
  unet->release_pages();
  CHECK(same_bits(run(*unet), before));
  unet.reset();
  CHECK(mapping.expired());
}

TEST_CASE(
    "ownership: when another program shortens the weights' file the forward throws its name") {
  const support::ScratchFolder scratch;
  const fs::path path = scratch.path() / "unet.safetensors";
  fs::copy_file(model_folder() / "unet" / "diffusion_pytorch_model.safetensors", path);
  const sdxl::DiffusersFolder folder(model_folder());
  UNet2DConditionModel shortened(nn::root(), folder.unet_config());
  UNet2DConditionModel whole(nn::root(), folder.unet_config());
  nn::load(shortened, "UNet2DConditionModel", sdxl::open_weights(path));
  folder.load("unet", whole);
  const Tensor before = run(shortened);
  fs::resize_file(path, fs::file_size(path) / 2);
  CHECK_THROWS_WITH_AS(run(shortened),
                       doctest::Contains((path.string() + ": was shortened").c_str()),
                       std::runtime_error);
  CHECK_THROWS_AS(shortened.release_pages(), std::runtime_error);
  shortened.share(nullptr);  // the file is closed: other models are not affected any more
  CHECK(same_bits(run(whole), before));
}
