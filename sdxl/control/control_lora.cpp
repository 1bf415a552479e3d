#include "sdxl/control/control_lora.h"

#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "nn/load.h"
#include "sdxl/adapters/adapter_names.h"
#include "sdxl/adapters/running_adapter.h"
#include "sdxl/checkpoint/single_file_names.h"
#include "sdxl/unet/unet_2d_condition.h"
#include "tensor/error.h"

namespace sdxl {

namespace {

const std::string mark = "lora_controlnet";

/// The rest of a text that begins so.
std::optional<std::string> behind(const std::string& text, const std::string& front) {
  if (!text.starts_with(front)) return std::nullopt;
  return text.substr(front.size());
}

/// Stability's name of a ControlNet's parameter.
std::string stability_name(const std::string& parameter, const ControlNetConfig& config) {
  const size_t dot = parameter.rfind('.');
  const std::string layer = parameter.substr(0, dot), end = parameter.substr(dot);
  if (const auto number = behind(layer, "controlnet_cond_embedding.blocks.")) {
    return tensor::format("input_hint_block.{}{}", 2 * std::stoi(*number) + 2, end);
  }
  if (layer == "controlnet_cond_embedding.conv_in") return "input_hint_block.0" + end;
  if (layer == "controlnet_cond_embedding.conv_out") {
    return tensor::format("input_hint_block.{}{}", 4 * config.picture_channels.size() - 2, end);
  }
  if (const auto number = behind(layer, "controlnet_down_blocks.")) {
    return "zero_convs." + *number + ".0" + end;
  }
  if (layer == "controlnet_mid_block") return "middle_block_out.0" + end;
  return single_file_unet(parameter, config.unet).name;
}

/// The sizes of the UNet, and the picture's convolutions of the file.
ControlNetConfig config_of(const nn::WeightSource& file, const Checkpoint& base) {
  ControlNetConfig config = ControlNetConfig::of(base.unet_config());
  for (size_t i = 0; i < config.picture_channels.size(); ++i) {
    const auto found = file.weights.find(tensor::format("input_hint_block.{}.weight", 4 * i));
    if (found == file.weights.end()) continue;  // nn::load reports it
    config.picture_channels[i] = found->second.shape.dim(0);
  }
  return config;
}

nn::WeightSource together(const nn::WeightSource& file, const nn::WeightSource& unet) {
  nn::WeightSource both{.description = file.description, .owners = file.owners};
  both.owners.files.insert(both.owners.files.end(), unet.owners.files.begin(),
                           unet.owners.files.end());
  both.owners.arrays.insert(both.owners.arrays.end(), unet.owners.arrays.begin(),
                            unet.owners.arrays.end());
  return both;
}

/// Loads the file's tensors, else the UNet's. -> the names in the file
std::set<std::string> load_weights(ControlNet& net, const nn::WeightSource& file,
                                   const nn::WeightSource& unet) {
  nn::WeightSource both = together(file, unet);
  std::set<std::string> used;
  for (const nn::Parameter* parameter : nn::all_parameters(net)) {
    const std::string stored = stability_name(parameter->name(), net.config());
    const bool is_own = file.weights.contains(stored);
    if (is_own) used.insert(stored);
    const auto& from = is_own ? file.weights : unet.weights;
    const auto found = from.find(is_own ? stored : parameter->name());
    if (found != from.end()) both.weights.emplace(parameter->name(), found->second);
  }
  nn::load(net, "ControlNetModel", both);
  return used;
}

/// Adds the file's low-rank differences to the layers. -> the names in the file
std::set<std::string> add_differences(ControlNet& net, const nn::WeightSource& file) {
  const auto owners = std::make_shared<const nn::WeightOwners>(file.owners);
  std::set<std::string> used;
  for (nn::AdaptableLayer* layer : adaptable_layers(net)) {
    const std::string end = ".weight";
    const std::string weight = stability_name(layer->path_below_root() + end, net.config());
    LayerAdapter adapter{.name = weight.substr(0, weight.size() - end.size()), .parts = {}};
    for (const char* part : {"down", "up"}) {
      const auto found = file.weights.find(adapter.name + "." + part);
      if (found == file.weights.end()) continue;
      adapter.parts.emplace(part, found->second);
      used.insert(found->first);
    }
    if (adapter.parts.empty()) continue;
    expect_fits(adapter, *layer, file.description);
    layer->add(make_adapter(*layer, adapter, "default", owners));
  }
  return used;
}

}  // namespace

bool is_control_lora(const nn::WeightSource& source) { return source.weights.contains(mark); }

std::shared_ptr<const ControlNet> open_control_lora(const nn::WeightSource& file,
                                                    const Checkpoint& base,
                                                    const std::string& name) {
  const UNet2DConditionModel unet(nn::root("unet"), base.unet_config());
  auto net = std::make_shared<ControlNet>(nn::root(name), config_of(file, base));
  std::set<std::string> used = load_weights(*net, file, base.weights("unet", unet));
  used.merge(add_differences(*net, file));
  used.insert(mark);
  for (const auto& [stored, weight] : file.weights) {
    if (used.contains(stored)) continue;
    tensor::fail("{}: {} of {} tensors have no place in a ControlNet of this UNet, the first is {}",
                 file.description, file.weights.size() - used.size(), file.weights.size(),
                 tensor::printable(stored));
  }
  return net;
}

}  // namespace sdxl
