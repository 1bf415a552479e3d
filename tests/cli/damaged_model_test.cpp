#include <doctest/doctest.h>

#include <cmath>

#include "tensor/io/safetensors.h"
#include "tests/support/program.h"

namespace fs = std::filesystem;
using support::ModelFolder;
using support::refused;
using tensor::Tensor;
using tensor::io::NamedTensors;

namespace {

const std::string unet_weights = "unet/diffusion_pytorch_model.safetensors";

/// The whole weights of the UNet, to be written again with something wrong.
NamedTensors read_weights(const ModelFolder& folder) {
  const tensor::io::SafetensorsFile file(folder.model(unet_weights));
  NamedTensors weights;
  for (const std::string& name : file.names()) weights.emplace_back(name, file.tensor(name));
  return weights;
}

std::pair<std::string, Tensor>& find(NamedTensors& weights, const std::string& name) {
  for (auto& weight : weights) {
    if (weight.first == name) return weight;
  }
  throw std::runtime_error("no weight " + name);
}

/// Damages the model and expects an error message with all of `said`, and no new file.
void check(const ModelFolder& folder, const std::vector<std::string>& said) {
  CHECK(refused(folder.generate({"--quiet", "--save-latents", "latents.safetensors"}), 1, said) ==
        "");
  CHECK(support::names_in(folder.path()) == std::vector<std::string>{"model"});
}

}  // namespace

TEST_CASE("cli: safetensors that are cut short or empty or no safetensors") {
  const ModelFolder folder;
  const std::string whole = support::read_bytes(folder.model(unet_weights));
  const auto with = [&](const std::string& bytes, const std::string& said) {
    folder.write("model/" + unet_weights, bytes);
    check(folder, {unet_weights, said});
  };
  with("", "the file is empty");
  with(whole.substr(0, 5), "damaged or cut short?");
  with(whole.substr(0, 1000), "damaged or cut short?");
  with(whole.substr(0, whole.size() - 1), "cut short: copy or download it again");
  with(whole + "more", "bytes of data");
  with("\xff\xff\xff\xff\xff\xff\xff\x7f" + whole.substr(8), "damaged or cut short?");
  std::string other = whole;
  other[8] = '[';
  with(other, unet_weights);
}

TEST_CASE("cli: a weight of an unsupported dtype") {
  const ModelFolder folder;
  std::string bytes = support::read_bytes(folder.model(unet_weights));
  const std::string right = "\"dtype\":\"BF16\"";
  bytes.replace(bytes.find(right), right.size(), "\"dtype\":\"I16\" ");
  folder.write("model/" + unet_weights, bytes);
  check(folder, {unet_weights, "I16", "F32, F16"});
}

TEST_CASE("cli: configs that are no JSON or of another class") {
  const ModelFolder folder;
  const std::string whole = support::read_bytes(folder.model("unet/config.json"));
  const auto with = [&](const std::string& text, const std::vector<std::string>& said) {
    folder.write("model/unet/config.json", text);
    check(folder, said);
  };
  with("{\"_class_name\": ", {"unet/config.json", "is the file damaged?"});
  with("[1, 2]", {"unet/config.json", "expected a JSON object"});
  with(support::read_bytes(folder.model("vae/config.json")),
       {"unet/config.json",
        "down_block_types: expected DownBlock2D or CrossAttnDownBlock2D, got "
        "DownEncoderBlock2D"});  // of the class that model_index.json lists
  std::string other = whole;
  other.replace(other.find("\"norm_num_groups\": 3"), 20, "\"norm_num_groups\": 5");
  with(other, {"unet/config.json", "norm_num_groups"});
}

TEST_CASE("cli: one message names all wrong weights with the nearest name") {
  const ModelFolder folder;
  NamedTensors weights = read_weights(folder);
  find(weights, "conv_in.bias").first = "conv_in.bais";
  find(weights, "conv_out.weight").second = Tensor::zeros({4, 9, 3, 3});
  weights.emplace_back("lora.up", Tensor::zeros({2}));
  std::erase_if(weights, [](const auto& weight) {
    return weight.first == "mid_block.resnets.1.conv2.weight";
  });
  tensor::io::write_safetensors(folder.model(unet_weights), weights);
  check(folder, {unet_weights + " does not fit UNet2DConditionModel", "missing in file (2)",
                 "conv_in.bias\n", "mid_block.resnets.1.conv2.weight", "unused in file (2)",
                 "conv_in.bais (did you mean conv_in.bias?)", "lora.up", "wrong shape (1)",
                 "conv_out.weight: model (4, 6, 3, 3), file (4, 9, 3, 3)"});
}

TEST_CASE("cli: a model without one of its components") {
  for (const char* part :
       {"scheduler", "tokenizer", "tokenizer_2", "text_encoder", "text_encoder_2", "unet", "vae"}) {
    CAPTURE(part);
    const ModelFolder folder;
    fs::remove_all(folder.model(part));
    check(folder,
          {"parts of the model are missing", std::string("\n    ") + part + ": the folder"});
  }
  const ModelFolder folder;
  fs::remove(folder.model(unet_weights));
  check(folder, {"unet: ", "expected diffusion_pytorch_model.safetensors"});
}

TEST_CASE("cli: paths that are no model") {
  const ModelFolder folder;
  const auto says = [&](const std::string& path, const std::string& said) {
    const auto outcome =
        support::run_program(folder.path(), {"generate", "--model", path, "--prompt", "x"});
    CHECK(refused(outcome, 1, {path, said}) == "");
  };
  says("nowhere", "there is no such");
  says("model/unet", "one part of a model alone (UNet2DConditionModel)");
  fs::create_directory(folder.path() / "empty");
  says("empty", "model_index.json");
}

TEST_CASE("cli: a NaN in a weight is an error with the first module that it reaches") {
  const ModelFolder folder;
  NamedTensors weights = read_weights(folder);
  Tensor& bias = find(weights, "mid_block.attentions.0.proj_in.bias").second;
  bias = Tensor::full(bias.shape(), std::nanf(""));
  tensor::io::write_safetensors(folder.model(unet_weights), weights);
  check(folder, {"unet.mid_block.attentions.0.proj_in: ", "NaN"});
}
