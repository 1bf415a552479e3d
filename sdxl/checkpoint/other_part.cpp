#include "sdxl/checkpoint/other_part.h"

#include "sdxl/checkpoint/checkpoint.h"
#include "sdxl/checkpoint/unet_sizes.h"
#include "sdxl/checkpoint/weight_files.h"
#include "tensor/error.h"

namespace sdxl {

namespace fs = std::filesystem;
using tensor::io::SafetensorsFile;

namespace {

bool is_unet(const std::string& component) { return component == "unet"; }

std::vector<std::string> classes_of(const std::string& component) {
  if (is_unet(component)) return {"UNet2DConditionModel"};
  return {"CLIPTextModel", "CLIPTextModelWithProjection"};
}

std::string what_is_expected(const std::string& component) {
  return is_unet(component) ? "a UNet: a safetensors file, or a folder with config.json"
                            : "a text encoder: a safetensors file, or a folder with config.json";
}

}  // namespace

OtherPart::OtherPart(const fs::path& path, const std::string& component, const std::string& variant,
                     const LoadPolicy& policy)
    : component_(component) {
  const bool is_part = fs::exists(path / "config.json");
  const fs::path folder = is_part ? path : path / component;
  if (fs::is_regular_file(path)) {
    open_file(path);
  } else if (fs::exists(folder / "config.json")) {
    open_folder(folder, variant, policy);
  } else {
    tensor::fail("{}: {}; expected {}", path.string(),
                 fs::exists(path) ? "has no config.json" : "there is no such file or folder",
                 what_is_expected(component));
  }
}

void OtherPart::open_folder(const fs::path& folder, const std::string& variant,
                            const LoadPolicy& policy) {
  config_ = folder / "config.json";
  const std::string stem = is_unet(component_) ? "diffusion_pytorch_model" : "model";
  path_ = find_weights(folder, stem, variant);
  say_if_plain(path_, variant, policy);
}

void OtherPart::open_file(const fs::path& file) {
  path_ = file;
  if (const auto json = config_beside(file, classes_of(component_))) config_ = json->path();
  if (file.extension() == ".json") return;
  names_ = find_part(file, component_);
  if (names_) return;
  const SafetensorsFile content(file);
  const std::string first = content.names().empty() ? "no tensors" : content.names()[0] + " ...";
  tensor::fail("{}: holds no {} ({}); expected {}", file.string(), component_,
               tensor::printable(first), what_is_expected(component_));
}

UNetConfig OtherPart::unet_config() const { return UNetConfig::read(ConfigReader(*config_)); }

UNetConfig OtherPart::unet_config(const UNetConfig& own) const {
  return names_ ? sized_by_file(own, SafetensorsFile(path_), *names_) : own;
}

ClipTextConfig OtherPart::text_config() const {
  ConfigReader json(*config_);
  json.set_class_name(class_of_component(component_));
  return ClipTextConfig::read(json);
}

nn::WeightSource OtherPart::weights(const nn::Module& model) const {
  if (names_) return part_weights(SafetensorsFile(path_), *names_, model);
  nn::WeightSource source = open_weights(path_);
  if (!is_unet(component_)) add_text_model_prefix(source);
  return source;
}

}  // namespace sdxl
