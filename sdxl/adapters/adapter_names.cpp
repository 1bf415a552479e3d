#include "sdxl/adapters/adapter_names.h"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include "sdxl/checkpoint/single_file_names.h"
#include "sdxl/unet/unet_2d_condition.h"

namespace sdxl {

namespace {

using Layers = std::map<std::string, nn::AdaptableLayer*>;
using Pairs = std::vector<std::pair<std::string, std::string>>;

/// How names end, and the part. A longer ending is in front of one that it ends with.
const Pairs endings = {
    {".lora_down.weight", "down"},
    {".lora_up.weight", "up"},
    {".lora_mid.weight", "mid"},
    {".lora_A.weight", "down"},
    {".lora_B.weight", "up"},
    {".lora_A.default.weight", "down"},
    {".lora_B.default.weight", "up"},
    {".lora.down.weight", "down"},
    {".lora.up.weight", "up"},
    {".lora_linear_layer.down.weight", "down"},
    {".lora_linear_layer.up.weight", "up"},
    {".down.weight", "down"},
    {".up.weight", "up"},
    {".alpha", "alpha"},
    {".dora_scale", "magnitude"},
    {".lora_magnitude_vector", "magnitude"},
    {".lora_magnitude_vector.weight", "magnitude"},
    {".lora_magnitude_vector.default.weight", "magnitude"},
    {".hada_w1_a", "hada_w1_a"},
    {".hada_w1_b", "hada_w1_b"},
    {".hada_w2_a", "hada_w2_a"},
    {".hada_w2_b", "hada_w2_b"},
    {".hada_t1", "hada_t1"},
    {".hada_t2", "hada_t2"},
    {".lokr_w1", "lokr_w1"},
    {".lokr_w1_a", "lokr_w1_a"},
    {".lokr_w1_b", "lokr_w1_b"},
    {".lokr_w2", "lokr_w2"},
    {".lokr_w2_a", "lokr_w2_a"},
    {".lokr_w2_b", "lokr_w2_b"},
    {".lokr_t2", "lokr_t2"},
};

/// In old files an attention's processor has the layers: to_out_lora is the layer to_out.0.
const Pairs unet_processor_names = {{".to_q", ".processor.to_q_lora"},
                                    {".to_k", ".processor.to_k_lora"},
                                    {".to_v", ".processor.to_v_lora"},
                                    {".to_out.0", ".processor.to_out_lora"}};
const Pairs text_processor_names = {{".q_proj", ".to_q_lora"},
                                    {".k_proj", ".to_k_lora"},
                                    {".v_proj", ".to_v_lora"},
                                    {".out_proj", ".to_out_lora"}};

std::string flat(std::string path) {
  std::ranges::replace(path, '.', '_');
  return path;
}

/// A path and, of an attention's layer, its name in the attention's processor.
std::vector<std::string> with_processor_name(const std::string& path, const Pairs& names) {
  for (const auto& [end, other] : names) {
    if (path.ends_with(end)) return {path, path.substr(0, path.size() - end.size()) + other};
  }
  return {path};
}

std::string stability_path(const std::string& path, const UNetConfig& config) {
  const std::string end = ".weight";
  const std::string name = single_file_unet(path + end, config).name;
  return name.substr(0, name.size() - end.size());
}

std::vector<std::string> unet_names(const std::string& path, const UNetConfig& config) {
  std::vector<std::string> names;
  for (const std::string& own : {path, stability_path(path, config)}) {
    names.push_back("lora_unet_" + flat(own));
    for (const char* front : {"unet.", "", "base_model.model.", "base_model.model.unet.",
                              "diffusion_model.", "model.diffusion_model."}) {
      for (const std::string& name : with_processor_name(own, unet_processor_names)) {
        names.push_back(front + name);
      }
    }
  }
  return names;
}

std::vector<std::string> text_names(const std::string& path, const std::string& component) {
  const bool is_first = component == "text_encoder";
  std::vector<std::string> names = {(is_first ? "lora_te1_" : "lora_te2_") + flat(path)};
  if (is_first) names.push_back("lora_te_" + flat(path));
  const std::string level = "text_model.";
  const std::string without = path.starts_with(level) ? path.substr(level.size()) : path;
  for (const std::string& own : {path, without}) {
    for (const std::string& name : with_processor_name(own, text_processor_names)) {
      names.push_back(component + "." + name);
      names.push_back("base_model.model." + component + "." + name);
    }
  }
  return names;
}

void list(const nn::Module& module, std::vector<nn::AdaptableLayer*>& layers) {
  for (nn::Module* child : module.children()) {
    auto* layer = dynamic_cast<nn::AdaptableLayer*>(child);
    if (layer) {
      layers.push_back(layer);  // below it are the layers of other adapters
    } else {
      list(*child, layers);
    }
  }
}

}  // namespace

std::optional<AdapterName> split_adapter_name(const std::string& tensor) {
  const std::pair<std::string, std::string>* longest = nullptr;
  for (const auto& ending : endings) {
    const bool is_longer = !longest || ending.first.size() > longest->first.size();
    if (is_longer && tensor.ends_with(ending.first)) longest = &ending;
  }
  if (!longest) return std::nullopt;
  return AdapterName{tensor.substr(0, tensor.size() - longest->first.size()), longest->second};
}

std::string component_of_adapter_name(const std::string& tensor) {
  const std::string peft = "base_model.model.";
  const std::string name = tensor.starts_with(peft) ? tensor.substr(peft.size()) : tensor;
  if (name.starts_with("lora_te2_") || name.starts_with("text_encoder_2.")) return "text_encoder_2";
  const bool is_first = name.starts_with("lora_te1_") || name.starts_with("lora_te_") ||
                        name.starts_with("text_encoder.");
  return is_first ? "text_encoder" : "unet";
}

std::vector<nn::AdaptableLayer*> adaptable_layers(const nn::Module& model) {
  std::vector<nn::AdaptableLayer*> layers;
  list(model, layers);
  return layers;
}

Layers adapter_layers(const nn::Module& model, const std::string& component) {
  const auto* unet = dynamic_cast<const UNet2DConditionModel*>(&model);
  Layers layers;
  for (nn::AdaptableLayer* layer : adaptable_layers(model)) {
    const std::string path = layer->path_below_root();
    const std::vector<std::string> names =
        unet ? unet_names(path, unet->config()) : text_names(path, component);
    for (const std::string& name : names) {
      if (layers.emplace(name, layer).first->second == layer) continue;
      throw std::logic_error("adapter_layers: two layers are spelt " + name);
    }
  }
  return layers;
}

}  // namespace sdxl
