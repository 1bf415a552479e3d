// The contents of a checkpoint, and how a model loads its weights: strictly, each name exactly
// once.
//
//   build/release/02_load_and_describe [FOLDER]     with config.json and the weights of a UNet

#include <filesystem>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>

#include "examples/check.h"
#include "nn/load.h"
#include "sdxl/checkpoint/weight_files.h"
#include "sdxl/config_reader.h"
#include "sdxl/unet/unet_2d_condition.h"
#include "tensor/print.h"

namespace fs = std::filesystem;
using sdxl::UNet2DConditionModel;

// A safetensors file is a list of names with shapes, and then all elements. Opening it reads the
// list only: an element is read from the disk when a layer first uses it.
void describe(const nn::WeightSource& source) {
  struct Part {
    int64_t tensors = 0;
    int64_t values = 0;
  };
  std::map<std::string, Part> parts;  // by the first word of the name: conv_in, down_blocks ...
  for (const auto& [name, weight] : source.weights) {
    Part& part = parts[name.substr(0, name.find('.'))];
    part.tensors += 1;
    part.values += weight.shape.size();
  }
  std::cout << source.description << ": " << source.weights.size() << " tensors\n";
  for (const auto& [name, part] : parts) {
    std::cout << "  " << name << ": " << part.tensors << " tensors, " << part.values << " values\n";
  }
}

// The config alone defines the model's parameters. The file must have these and no others.
void load_strictly(UNet2DConditionModel& unet, const nn::WeightSource& source) {
  nn::load(unet, "UNet2DConditionModel", source);
  check(nn::all_parameters(unet).size() == source.weights.size());
  for (const nn::Parameter* parameter : nn::all_parameters(unet)) {
    check(parameter->loaded());
    check(parameter->shape() == source.weights.at(parameter->name()).shape);
  }
}

// Nothing is copied: a parameter points into the mapped file, which the model keeps mapped.
void weights_stay_in_the_file(const UNet2DConditionModel& unet, const nn::WeightSource& source) {
  const nn::Parameter& first = *nn::all_parameters(unet).front();
  check(first.name() == "conv_in.weight");
  check(first.view().data == source.weights.at("conv_in.weight").data);
  std::cout << first.name() << " = " << summary(first.to_tensor()) << '\n';
}

// One letter in one name is wrong: the message lists the missing and the unused name, and suggests
// the right one.
void a_misspelt_name_is_found(UNet2DConditionModel& unet, nn::WeightSource source) {
  auto bias = source.weights.extract("conv_in.bias");
  bias.key() = "conv_inn.bias";
  source.weights.insert(std::move(bias));
  try {
    nn::load(unet, "UNet2DConditionModel", source);
    check(false);
  } catch (const std::runtime_error& error) {
    std::cout << error.what() << '\n';
    check(std::string(error.what()).find("did you mean conv_in.bias?") != std::string::npos);
  }
}

int main(int count, char** words) {
  const fs::path folder = count > 1 ? words[1] : "examples/tiny_sdxl/model/unet";
  try {
    const fs::path path = sdxl::find_weights(folder, "diffusion_pytorch_model", "");
    const nn::WeightSource weights = sdxl::open_weights(path);
    describe(weights);

    const sdxl::ConfigReader config(folder / "config.json");
    UNet2DConditionModel unet(nn::root(), sdxl::UNetConfig::read(config));
    load_strictly(unet, weights);
    weights_stay_in_the_file(unet, weights);
    a_misspelt_name_is_found(unet, weights);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
