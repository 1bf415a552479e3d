#include "sdxl/adapters/adapter_file.h"

#include <algorithm>
#include <cmath>

#include "sdxl/adapters/adapter_family.h"
#include "sdxl/adapters/adapter_names.h"
#include "tensor/did_you_mean.h"
#include "tensor/error.h"

namespace sdxl {

namespace fs = std::filesystem;

namespace {

using Alphas = std::vector<std::optional<double>>;

fs::path file_in(const fs::path& path) {
  if (!fs::is_directory(path)) return path;
  for (const char* name : {"pytorch_lora_weights.safetensors", "adapter_model.safetensors"}) {
    if (fs::exists(path / name)) return path / name;
  }
  tensor::fail(
      "{}: is a folder without pytorch_lora_weights.safetensors and adapter_model.safetensors; "
      "expected an adapter's file",
      path.string());
}

double divided(double alpha, int64_t rank, bool by_root) {
  const auto r = static_cast<double>(rank);
  return alpha / (by_root ? std::sqrt(r) : r);
}

/// The spelling of a layer in the file's naming that is closest to a name.
std::string nearest(const std::string& name, const std::vector<std::string>& spellings) {
  const auto split = split_adapter_name(name);
  return split ? tensor::did_you_mean(split->layer, spellings) : "";
}

}  // namespace

AdapterFile::AdapterFile(const fs::path& path)
    : file_(file_in(path)), configs_((expect_adapter(file_), read_adapter_alphas(file_))) {}

double AdapterFile::read_alpha(const std::string& name) const {
  const Tensor value = file_.tensor(name);
  if (value.size() != 1 || !std::isfinite(value.data()[0])) {
    tensor::fail("{}: {}: expected one finite number, got {}", path(), tensor::printable(name),
                 value.size() == 1 ? "NaN or infinity" : value.shape().str());
  }
  return value.data()[0];
}

std::vector<AdaptedLayer> AdapterFile::collect(const nn::Module& model,
                                               const std::string& component, Alphas& alphas) {
  const auto table = adapter_layers(model, component);
  for (const auto& [spelling, layer] : table) spellings_.push_back(spelling);
  std::vector<AdaptedLayer> found;
  std::map<const nn::AdaptableLayer*, size_t> places;
  for (const std::string& name : file_.names()) {
    if (component_of_adapter_name(name) != component) continue;
    const auto split = split_adapter_name(name);
    const auto entry = split ? table.find(split->layer) : table.end();
    if (entry == table.end()) continue;
    used_.insert(name);
    const size_t place = places.emplace(entry->second, found.size()).first->second;
    if (place == found.size()) {
      found.push_back({entry->second, {.name = split->layer, .parts = {}}});
      alphas.emplace_back();
    }
    LayerAdapter& adapter = found[place].adapter;
    const bool is_alpha = split->part == "alpha";
    const bool is_second = is_alpha ? alphas[place].has_value() : adapter.has(split->part);
    if (is_second) {
      tensor::fail("{}: {} and {} are both of {}; expected one naming in a file", path(),
                   tensor::printable(name), tensor::printable(adapter.name), entry->second->path());
    }
    if (is_alpha) {
      alphas[place] = read_alpha(name);
    } else {
      adapter.parts[split->part] = file_.weight(name);
    }
  }
  return found;
}

std::vector<AdaptedLayer> AdapterFile::layers_of(const nn::Module& model,
                                                 const std::string& component, double scale) {
  expect_same_family(file_, model);
  Alphas alphas;
  std::vector<AdaptedLayer> layers = collect(model, component, alphas);
  const auto config = configs_.find(component);
  const auto stated =
      std::ranges::find_if(alphas, [](const auto& alpha) { return alpha.has_value(); });
  if (stated != alphas.end() && config != configs_.end()) {
    tensor::fail(
        "{}: {}: has tensors with an alpha ({}), and {} states one, too; expected one of them",
        path(), component, **stated, config->second.source);
  }
  for (size_t i = 0; i < layers.size(); ++i) {
    LayerAdapter& adapter = layers[i].adapter;
    expect_fits(adapter, *layers[i].layer, path());
    adapter.factor = scale;
    if (adapter.rank() == 0) continue;
    bool by_root = false;
    if (config != configs_.end()) {
      alphas[i] = config->second.of_layer(layers[i].layer->path_below_root());
      by_root = config->second.divides_by_root;
    }
    if (alphas[i]) adapter.factor = scale * divided(*alphas[i], adapter.rank(), by_root);
  }
  return layers;
}

void AdapterFile::expect_all_used(const std::set<std::string>& absent) const {
  std::vector<std::string> left;
  for (const std::string& name : file_.names()) {
    const bool is_elsewhere = absent.contains(component_of_adapter_name(name));
    if (!used_.contains(name) && !is_elsewhere) left.push_back(name);
  }
  if (left.empty()) return;
  constexpr size_t listed = 3;
  std::string names;
  for (size_t i = 0; i < std::min(left.size(), listed); ++i) {
    names += (i == 0 ? "" : ", ") + tensor::printable(left[i]) + nearest(left[i], spellings_);
  }
  if (left.size() > listed) names += " ...";
  tensor::fail("{}: {} of {} tensors have no place in this model: {}{}", path(), left.size(),
               file_.names().size(), names, base_in_metadata(file_));
}

}  // namespace sdxl
