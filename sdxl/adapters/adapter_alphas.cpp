#include "sdxl/adapters/adapter_alphas.h"

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "sdxl/json_text.h"
#include "tensor/error.h"
#include "tensor/io/mapped_file.h"

namespace sdxl {

namespace {

using nlohmann::json;

const std::string metadata_key = "lora_adapter_metadata";

json parse(const std::string& text, const std::string& source) {
  json value = parse_json(text);
  if (!value.is_object()) tensor::fail("{}: expected a JSON object", source);
  return value;
}

double number(const json& value, const std::string& source, const std::string& field) {
  const bool is_number = value.is_number() && std::isfinite(value.get<double>());
  if (!is_number) tensor::fail("{}: {}: expected a number", source, tensor::printable(field));
  return value.get<double>();
}

/// A pattern of peft is a regular expression; those that programs write are names.
std::string without_anchors(std::string pattern) {
  if (pattern.starts_with('^')) pattern.erase(0, 1);
  if (pattern.ends_with('$')) pattern.pop_back();
  return pattern;
}

/// The fields whose names begin with `front`.
std::optional<AdapterAlphas> alphas_in(const json& config, const std::string& front,
                                       const std::string& source) {
  AdapterAlphas alphas{.source = source, .alpha = {}, .patterns = {}};
  for (const char* field : {"lora_alpha", "alpha"}) {
    const auto found = config.find(front + field);
    if (found != config.end()) alphas.alpha = number(*found, source, front + field);
  }
  if (!alphas.alpha) return std::nullopt;
  alphas.divides_by_root = config.value(front + "use_rslora", json(false)) == json(true);
  const json patterns = config.value(front + "alpha_pattern", json::object());
  if (!patterns.is_object() && !patterns.is_null()) {
    tensor::fail("{}: {}alpha_pattern: expected names with numbers", source, front);
  }
  for (const auto& [name, value] : patterns.items()) {
    alphas.patterns.emplace_back(without_anchors(name), number(value, source, name));
  }
  return alphas;
}

}  // namespace

std::optional<double> AdapterAlphas::of_layer(const std::string& path) const {
  for (const auto& [end, value] : patterns) {
    if (path == end || path.ends_with("." + end)) return value;
  }
  return alpha;
}

std::map<std::string, AdapterAlphas> read_adapter_alphas(const tensor::io::SafetensorsFile& file) {
  std::map<std::string, AdapterAlphas> result;
  const auto add = [&](const json& config, const std::string& component, const std::string& front,
                       const std::string& source) {
    const auto alphas = alphas_in(config, front, source);
    if (alphas) result.emplace(component, *alphas);
  };
  const auto metadata = file.metadata().find(metadata_key);
  if (metadata != file.metadata().end()) {
    const std::string source = file.path().string() + ": metadata " + metadata_key;
    const json config = parse(metadata->second, source);
    for (const std::string component : {"unet", "text_encoder", "text_encoder_2"}) {
      add(config, component, component + ".", source);
    }
    add(config, "unet", "", source);  // of a UNet that was saved alone
  }
  const std::filesystem::path beside = file.path().parent_path() / "adapter_config.json";
  if (file.path().filename() == "adapter_model.safetensors" && std::filesystem::exists(beside)) {
    add(parse(tensor::io::read_text(beside), beside.string()), "unet", "", beside.string());
  }
  return result;
}

}  // namespace sdxl
