#include "sdxl/adapters/add_adapters.h"

#include <memory>
#include <set>

#include "sdxl/adapters/adapter_file.h"
#include "sdxl/adapters/running_adapter.h"

namespace sdxl {

namespace {

/// A component and its name.
struct Component {
  const nn::Module* model;
  std::string name;
};

void add_adapter(const std::vector<Component>& components, const AdapterChoice& choice,
                 const std::string& name, const std::set<std::string>& absent) {
  AdapterFile file(choice.file);
  std::vector<AdaptedLayer> layers;
  for (const auto& [model, component] : components) {
    const auto more = file.layers_of(*model, component, choice.scale);
    layers.insert(layers.end(), more.begin(), more.end());
  }
  file.expect_all_used(absent);
  if (choice.scale == 0.0) return;
  const auto owners = std::make_shared<const nn::WeightOwners>(
      nn::WeightOwners{.files = {file.file().mapping()}, .arrays = {}});
  for (const auto& [layer, adapter] : layers) {
    layer->add(make_adapter(*layer, adapter, name, owners));
  }
}

void add_all(const std::vector<Component>& components, const std::vector<AdapterChoice>& choices,
             const std::set<std::string>& absent) {
  for (size_t i = 0; i < choices.size(); ++i) {
    const std::string name = i == 0 ? "default" : "default_" + std::to_string(i);
    add_adapter(components, choices[i], name, absent);
  }
}

std::vector<Component> components_of(const StableDiffusionXL& model) {
  std::vector<Component> components = {{&model.unet, "unet"}};
  if (model.text_encoder) components.push_back({&*model.text_encoder, "text_encoder"});
  if (model.text_encoder_2) components.push_back({&*model.text_encoder_2, "text_encoder_2"});
  return components;
}

void remove_below(const nn::Module& module) {
  for (nn::Module* child : module.children()) {
    auto* layer = dynamic_cast<nn::AdaptableLayer*>(child);
    layer ? layer->remove_adapters() : remove_below(*child);
  }
}

}  // namespace

void add_adapters(StableDiffusionXL& model, const std::vector<AdapterChoice>& choices) {
  add_all(components_of(model), choices, {});
}

void add_adapters(const nn::Module& model, const std::string& component,
                  const std::vector<AdapterChoice>& choices) {
  std::set<std::string> absent = {"unet", "text_encoder", "text_encoder_2"};
  absent.erase(component);
  add_all({{&model, component}}, choices, absent);
}

void remove_adapters(StableDiffusionXL& model) {
  for (const auto& [component, name] : components_of(model)) remove_below(*component);
}

}  // namespace sdxl
