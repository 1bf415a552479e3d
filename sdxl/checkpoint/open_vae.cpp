#include "sdxl/checkpoint/open_vae.h"

#include <optional>

#include "nn/load.h"
#include "sdxl/checkpoint/part_names.h"
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

bool holds_any(const nn::WeightSource& source, const std::string& front) {
  const auto found = source.weights.lower_bound(front);
  return found != source.weights.end() && found->first.starts_with(front);
}

std::unique_ptr<Autoencoder> load_tiny(const TinyVaeConfig& config, const nn::WeightSource& source,
                                       const LoadPolicy& policy) {
  auto vae = std::make_unique<AutoencoderTiny>(nn::root("vae"), config);
  load_part(*vae, "AutoencoderTiny", source, policy);
  return vae;
}

std::unique_ptr<Autoencoder> load_full(const VaeConfig& config, const nn::WeightSource& source,
                                       const LoadPolicy& policy) {
  auto vae = std::make_unique<AutoencoderKL>(nn::root("vae"), config);
  load_part(*vae, "AutoencoderKL", with_current_names(source), policy);
  return vae;
}

/// Loads an AutoencoderKL from a part of a file.
std::unique_ptr<Autoencoder> load_full(const VaeConfig& config, const fs::path& file,
                                       const PartNames& names, const LoadPolicy& policy) {
  auto vae = std::make_unique<AutoencoderKL>(nn::root("vae"), config);
  load_part(*vae, "AutoencoderKL", part_weights(tensor::io::SafetensorsFile(file), names, *vae),
            policy);
  return vae;
}

std::unique_ptr<Autoencoder> open_vae_file(const fs::path& path, const VaeConfig& own,
                                           const LoadPolicy& policy) {
  const nn::WeightSource source = open_weights(path);
  const std::optional<ConfigReader> json =
      config_beside(path, {"AutoencoderKL", "AutoencoderTiny"});
  if (holds_any(source, "encoder.layers.0.") && holds_any(source, "decoder.layers.0.")) {
    const bool has_config = json && json->class_name() == "AutoencoderTiny";
    return load_tiny(has_config ? TinyVaeConfig::read(*json) : TinyVaeConfig(), source, policy);
  }
  const bool has_config = json && json->class_name() == "AutoencoderKL";
  const VaeConfig config = has_config ? VaeConfig::read(*json) : own;
  if (holds_any(source, "decoder.mid_block.")) return load_full(config, source, policy);
  const auto names = find_part(path, "vae");
  if (names) return load_full(config, path, *names, policy);
  const std::string first =
      source.weights.empty() ? "no tensors" : source.weights.begin()->first + " ...";
  tensor::fail(
      "{}: holds no whole autoencoder ({}); expected an AutoencoderKL or an AutoencoderTiny, "
      "encoder and decoder",
      path.string(), tensor::printable(first));
}

}  // namespace

std::unique_ptr<Autoencoder> open_vae_folder(const ConfigReader& config, const std::string& variant,
                                             const LoadPolicy& policy) {
  config.expect_class({"AutoencoderKL", "AutoencoderTiny"});
  const fs::path path =
      find_weights(config.path().parent_path(), "diffusion_pytorch_model", variant);
  say_if_plain(path, variant, policy);
  const nn::WeightSource source = open_weights(path);
  const bool is_tiny = config.class_name() == "AutoencoderTiny";
  return is_tiny ? load_tiny(TinyVaeConfig::read(config), source, policy)
                 : load_full(VaeConfig::read(config), source, policy);
}

std::unique_ptr<Autoencoder> open_vae(const fs::path& path, const std::string& variant,
                                      const VaeConfig& own, const LoadPolicy& policy) {
  if (fs::is_regular_file(path)) return open_vae_file(path, own, policy);
  for (const fs::path& folder : {path, path / "vae"}) {
    if (!fs::exists(folder / "config.json")) continue;
    return open_vae_folder(ConfigReader(folder / "config.json"), variant, policy);
  }
  tensor::fail("{}: {}; expected an autoencoder: a safetensors file, or a folder with config.json",
               path.string(),
               fs::exists(path) ? "has no config.json" : "there is no such file or folder");
}

}  // namespace sdxl
