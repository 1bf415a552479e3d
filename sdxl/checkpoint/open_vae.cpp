#include "sdxl/checkpoint/open_vae.h"

#include <optional>

#include "nn/load.h"
#include "sdxl/checkpoint/single_file_weights.h"
#include "sdxl/checkpoint/weight_files.h"
#include "sdxl/config_reader.h"
#include "sdxl/vae/autoencoder_kl.h"
#include "sdxl/vae/autoencoder_tiny.h"
#include "sdxl/vae/vae_aliases.h"
#include "tensor/error.h"
#include "tensor/io/safetensors.h"

namespace sdxl {

namespace fs = std::filesystem;

namespace {

bool any_begins(const nn::WeightSource& source, const std::string& front) {
  const auto found = source.weights.lower_bound(front);
  return found != source.weights.end() && found->first.starts_with(front);
}

std::unique_ptr<Autoencoder> load_tiny(const TinyVaeConfig& config,
                                       const nn::WeightSource& source) {
  auto vae = std::make_unique<AutoencoderTiny>(nn::root("vae"), config);
  nn::load(*vae, "AutoencoderTiny", source);
  return vae;
}

std::unique_ptr<Autoencoder> load_full(const VaeConfig& config, const nn::WeightSource& source) {
  auto vae = std::make_unique<AutoencoderKL>(nn::root("vae"), config);
  nn::load(*vae, "AutoencoderKL", with_current_names(source));
  return vae;
}

/// Loads an AutoencoderKL by Stability's names, which begin with `prefix`.
std::unique_ptr<Autoencoder> load_full(const VaeConfig& config, const fs::path& file,
                                       const std::string& prefix) {
  auto vae = std::make_unique<AutoencoderKL>(nn::root("vae"), config);
  const auto levels = static_cast<int>(config.levels());
  const auto place_of = [levels](const std::string& name) { return single_file_vae(name, levels); };
  nn::load(*vae, "AutoencoderKL",
           single_file_weights(tensor::io::SafetensorsFile(file),
                               {.prefix = prefix, .place_of = place_of}, *vae));
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

/// The prefix of an autoencoder's names in Stability's layout; nullopt if there is none.
std::optional<std::string> stability_prefix(const nn::WeightSource& source) {
  for (const char* prefix : {"first_stage_model.", "vae.", ""}) {
    if (any_begins(source, std::string(prefix) + "decoder.mid.block_1.")) return prefix;
  }
  return std::nullopt;
}

std::unique_ptr<Autoencoder> open_vae_file(const fs::path& path, const VaeConfig& own) {
  const nn::WeightSource source = open_weights(path);
  const std::optional<ConfigReader> json = config_beside(path);
  if (any_begins(source, "encoder.layers.0.") && any_begins(source, "decoder.layers.0.")) {
    const bool has_config = json && json->class_name() == "AutoencoderTiny";
    return load_tiny(has_config ? TinyVaeConfig::read(*json) : TinyVaeConfig(), source);
  }
  const bool has_config = json && json->class_name() == "AutoencoderKL";
  const VaeConfig config = has_config ? VaeConfig::read(*json) : own;
  if (const auto prefix = stability_prefix(source)) return load_full(config, path, *prefix);
  if (any_begins(source, "decoder.mid_block.")) return load_full(config, source);
  const std::string first =
      source.weights.empty() ? "no tensors" : source.weights.begin()->first + " ...";
  tensor::fail(
      "{}: holds no whole autoencoder ({}); expected an AutoencoderKL or an AutoencoderTiny, "
      "encoder and decoder",
      path.string(), tensor::printable(first));
}

}  // namespace

std::unique_ptr<Autoencoder> open_vae_folder(const fs::path& folder, const std::string& variant) {
  const ConfigReader json(folder / "config.json");
  json.expect_class({"AutoencoderKL", "AutoencoderTiny"});
  const nn::WeightSource source =
      open_weights(find_weights(folder, "diffusion_pytorch_model", variant));
  const bool is_tiny = json.class_name() == "AutoencoderTiny";
  return is_tiny ? load_tiny(TinyVaeConfig::read(json), source)
                 : load_full(VaeConfig::read(json), source);
}

std::unique_ptr<Autoencoder> open_vae(const fs::path& path, const std::string& variant,
                                      const VaeConfig& own) {
  if (fs::is_regular_file(path)) return open_vae_file(path, own);
  if (fs::exists(path / "config.json")) return open_vae_folder(path, variant);
  if (fs::exists(path / "vae" / "config.json")) return open_vae_folder(path / "vae", variant);
  tensor::fail("{}: {}; expected an autoencoder: a safetensors file, or a folder with config.json",
               path.string(),
               fs::exists(path) ? "has no config.json" : "there is no such file or folder");
}

}  // namespace sdxl
