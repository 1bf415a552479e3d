#include "sdxl/checkpoint/weight_files.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <vector>

#include "sdxl/json_text.h"
#include "tensor/error.h"
#include "tensor/io/mapped_file.h"
#include "tensor/io/safetensors.h"

namespace sdxl {

namespace fs = std::filesystem;
using tensor::io::SafetensorsFile;

namespace {

std::string file_name(const std::string& stem, const std::string& variant) {
  return stem + (variant.empty() ? "" : "." + variant) + ".safetensors";
}

std::string index_name(const std::string& stem, const std::string& variant) {
  return stem + ".safetensors.index" + (variant.empty() ? "" : "." + variant) + ".json";
}

/// The text between two others, or "" unless `name` begins and ends with them.
std::string between(const std::string& name, const std::string& front, const std::string& back) {
  const bool fits =
      name.size() > front.size() + back.size() && name.starts_with(front) && name.ends_with(back);
  return fits ? name.substr(front.size(), name.size() - front.size() - back.size()) : "";
}

/// The variants whose weights lie in a folder; a part of a sharded model is none.
std::set<std::string> variants_in(const fs::path& folder, const std::string& stem) {
  std::set<std::string> variants;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const std::string of_file = between(name, stem + ".", ".safetensors");
    const std::string of_index = between(name, stem + ".safetensors.index.", ".json");
    const bool is_shard = of_file.find("-of-") != std::string::npos;
    if (!of_file.empty() && !is_shard) variants.insert(of_file);
    if (!of_index.empty()) variants.insert(of_index);
  }
  return variants;
}

std::string join(const std::set<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : ", ") + tensor::printable(word);
  }
  return text;
}

/// The end of the message where no weights were found.
std::string what_lies_there(const fs::path& folder, const std::string& stem) {
  for (const char* pickle : {".bin", ".fp16.bin"}) {
    if (!fs::exists(folder / (stem + pickle))) continue;
    return "; " + stem + pickle +
           " is not read, since a pickle can run code: save the model with safetensors";
  }
  const std::set<std::string> variants = variants_in(folder, stem);
  return variants.empty() ? "" : "; the variants there are: " + join(variants);
}

/// The index's list: tensor name to file name.
std::map<std::string, std::string> read_weight_map(const fs::path& index) {
  const nlohmann::json json = parse_json(tensor::io::read_text(index));
  if (!json.is_object() || !json.contains("weight_map") || !json["weight_map"].is_object()) {
    tensor::fail("{}: expected a JSON object with a \"weight_map\"; is the file damaged?",
                 index.string());
  }
  std::map<std::string, std::string> weight_map;
  for (const auto& [name, value] : json["weight_map"].items()) {
    const std::string shard = value.is_string() ? value.get<std::string>() : "";
    const bool is_plain = shard.ends_with(".safetensors") &&
                          shard.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos;
    if (!is_plain) {
      tensor::fail("{}: {}: expected the name of a safetensors file in this folder, got {}",
                   index.string(), tensor::printable(name), tensor::printable(json_text(value)));
    }
    weight_map.emplace(name, shard);
  }
  return weight_map;
}

nn::WeightSource open_sharded(const fs::path& index) {
  nn::WeightSource source{.description = index.string()};
  std::map<std::string, SafetensorsFile> shards;
  const std::map<std::string, std::string> weight_map = read_weight_map(index);
  for (const auto& [name, shard] : weight_map) {
    auto found = shards.find(shard);
    if (found == shards.end()) {
      found = shards.emplace(shard, SafetensorsFile(index.parent_path() / shard)).first;
    }
    if (!found->second.contains(name)) {
      tensor::fail("{}: says that {} lies in {}, but it does not", index.string(),
                   tensor::printable(name), shard);
    }
    add_weight(found->second, name, source);
  }
  for (const auto& [shard, file] : shards) {  // diffusers reads whole shards, too
    for (const std::string& name : file.names()) add_weight(file, name, source);
    source.owners.files.push_back(file.mapping());
  }
  return source;
}

}  // namespace

fs::path find_weights(const fs::path& folder, const std::string& stem, const std::string& variant) {
  for (const std::string& name : {file_name(stem, variant), index_name(stem, variant)}) {
    if (fs::exists(folder / name)) return folder / name;
  }
  const std::set<std::string> variants = variants_in(folder, stem);
  for (const std::string& name : {file_name(stem, ""), index_name(stem, "")}) {
    if (!variant.empty() && fs::exists(folder / name)) return folder / name;
  }
  if (variant.empty() && variants.size() == 1) {
    return find_weights(folder, stem, *variants.begin());
  }
  if (variant.empty() && variants.size() > 1) {
    tensor::fail("{}: holds several variants of its weights ({}); choose one", folder.string(),
                 join(variants));
  }
  tensor::fail("{}: expected {} or {}{}", folder.string(), file_name(stem, variant),
               index_name(stem, variant), what_lies_there(folder, stem));
}

bool has_variant(const fs::path& folder, const std::string& variant) {
  std::vector<fs::path> places = {folder};
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.is_directory()) places.push_back(entry.path());
  }
  return std::ranges::any_of(places, [&](const fs::path& place) {
    return variants_in(place, "model").contains(variant) ||
           variants_in(place, "diffusion_pytorch_model").contains(variant);
  });
}

void say_if_plain(const fs::path& weights, const std::string& variant, const LoadPolicy& policy) {
  const std::string name = weights.filename().string();
  if (variant.empty() || name.find("." + variant) != std::string::npos) return;
  policy.say(tensor::format("{}: has no variant {}; {} is read", weights.parent_path().string(),
                            tensor::printable(variant), name));
}

void add_text_model_prefix(nn::WeightSource& source) {
  std::map<std::string, tensor::WeightView> renamed;
  for (const auto& [name, view] : source.weights) {
    const bool is_short = name.starts_with("embeddings.") || name.starts_with("encoder.") ||
                          name.starts_with("final_layer_norm.");
    renamed.emplace(is_short ? "text_model." + name : name, view);
  }
  source.weights = std::move(renamed);
}

void add_weight(const SafetensorsFile& file, const std::string& name, nn::WeightSource& source) {
  if (name.ends_with("position_ids") || name.ends_with("logit_scale")) return;
  if (source.weights.contains(name)) return;
  try {
    source.weights.emplace(name, file.weight(name));
  } catch (const std::runtime_error& error) {
    source.weights.emplace(name, tensor::WeightView{nullptr, tensor::DType::f32, file.shape(name)});
    source.unreadable.emplace(name, error.what());
  }
}

nn::WeightSource open_weights(const fs::path& file_or_index) {
  if (file_or_index.extension() == ".json") return open_sharded(file_or_index);
  const SafetensorsFile file(file_or_index);
  nn::WeightSource source{.description = file_or_index.string()};
  source.owners.files.push_back(file.mapping());
  for (const std::string& name : file.names()) add_weight(file, name, source);
  return source;
}

}  // namespace sdxl
