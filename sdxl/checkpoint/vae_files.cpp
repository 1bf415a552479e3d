#include "sdxl/checkpoint/vae_files.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "sdxl/checkpoint/single_file_weights.h"
#include "sdxl/checkpoint/weight_files.h"
#include "sdxl/config_reader.h"
#include "sdxl/vae/autoencoder_kl.h"
#include "sdxl/vae/autoencoder_tiny.h"
#include "sdxl/vae/vae_aliases.h"
#include "tensor/error.h"

namespace sdxl {

namespace fs = std::filesystem;
using tensor::io::SafetensorsFile;

namespace {

bool any_begins(const SafetensorsFile& file, const std::string& front) {
  return std::ranges::any_of(file.names(),
                             [&](const std::string& name) { return name.starts_with(front); });
}

std::unique_ptr<Autoencoder> load_tiny(const TinyVaeConfig& config,
                                       const nn::WeightSource& source) {
  auto vae = std::make_unique<AutoencoderTiny>(nn::root(), config);
  nn::load(*vae, "AutoencoderTiny", source);
  return vae;
}

std::unique_ptr<Autoencoder> load_full(const VaeConfig& config, nn::WeightSource source) {
  auto vae = std::make_unique<AutoencoderKL>(nn::root(), config);
  nn::load(*vae, "AutoencoderKL", with_current_names(std::move(source)));
  return vae;
}

/// By Stability's names, which begin with `prefix`.
std::unique_ptr<Autoencoder> load_full(const VaeConfig& config, const SafetensorsFile& file,
                                       const std::string& prefix) {
  auto vae = std::make_unique<AutoencoderKL>(nn::root(), config);
  const auto levels = static_cast<int>(config.levels());
  const auto place_of = [levels](const std::string& name) { return single_file_vae(name, levels); };
  std::vector<tensor::Tensor> copies;  // stays empty: no autoencoder has a transposed weight
  nn::load(*vae, "AutoencoderKL",
           single_file_weights(file, {.prefix = prefix, .place_of = place_of}, *vae, copies));
  return vae;
}

/// The config.json beside a file, if it is an autoencoder's.
std::optional<ConfigReader> config_beside(const fs::path& file) {
  const fs::path path = file.parent_path() / "config.json";
  if (!fs::exists(path)) return std::nullopt;
  ConfigReader json(path);
  const std::string name = json.class_name();
  if (name != "AutoencoderKL" && name != "AutoencoderTiny") return std::nullopt;
  return json;
}

/// In front of the names of an autoencoder in Stability's layout; none: there is no such.
std::optional<std::string> stability_prefix(const SafetensorsFile& file) {
  for (const char* prefix : {"first_stage_model.", "vae.", ""}) {
    if (any_begins(file, std::string(prefix) + "decoder.mid.block_1.")) return prefix;
  }
  return std::nullopt;
}

VaeFiles open_vae_file(const fs::path& path, const VaeConfig& own) {
  WeightFiles opened = open_weights(path);
  const SafetensorsFile& file = opened.files.front();
  const std::optional<ConfigReader> json = config_beside(path);
  VaeFiles result{opened.files};
  if (any_begins(file, "encoder.layers.0.") && any_begins(file, "decoder.layers.0.")) {
    const bool has_config = json && json->class_name() == "AutoencoderTiny";
    result.vae =
        load_tiny(has_config ? TinyVaeConfig::read(*json) : TinyVaeConfig(), opened.source);
    return result;
  }
  const bool has_config = json && json->class_name() == "AutoencoderKL";
  const VaeConfig config = has_config ? VaeConfig::read(*json) : own;
  if (const auto prefix = stability_prefix(file)) {
    result.vae = load_full(config, file, *prefix);
  } else if (any_begins(file, "decoder.mid_block.")) {
    result.vae = load_full(config, std::move(opened.source));
  } else {
    const std::string first = file.names().empty() ? "no tensors" : file.names().front() + " ...";
    tensor::fail(
        "{}: holds no whole autoencoder ({}); expected an AutoencoderKL or an "
        "AutoencoderTiny, encoder and decoder",
        path.string(), tensor::printable(first));
  }
  return result;
}

}  // namespace

VaeFiles open_vae_folder(const fs::path& folder, const std::string& variant) {
  const ConfigReader json(folder / "config.json");
  json.expect_class({"AutoencoderKL", "AutoencoderTiny"});
  WeightFiles opened = open_weights(find_weights(folder, "diffusion_pytorch_model", variant));
  const bool is_tiny = json.class_name() == "AutoencoderTiny";
  return {std::move(opened.files),
          is_tiny ? load_tiny(TinyVaeConfig::read(json), opened.source)
                  : load_full(VaeConfig::read(json), std::move(opened.source))};
}

VaeFiles open_vae(const fs::path& path, const std::string& variant, const VaeConfig& own) {
  if (fs::is_regular_file(path)) return open_vae_file(path, own);
  if (fs::exists(path / "config.json")) return open_vae_folder(path, variant);
  if (fs::exists(path / "vae" / "config.json")) return open_vae_folder(path / "vae", variant);
  tensor::fail("{}: {}; expected an autoencoder: a safetensors file, or a folder with config.json",
               path.string(),
               fs::exists(path) ? "has no config.json" : "there is no such file or folder");
}

}  // namespace sdxl
