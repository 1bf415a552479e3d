#include "sdxl/checkpoint/diffusers_folder.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "sdxl/checkpoint/open_vae.h"
#include "sdxl/checkpoint/weight_files.h"
#include "sdxl/vae/vae_aliases.h"
#include "tensor/error.h"

namespace sdxl {

namespace fs = std::filesystem;

namespace {

const std::vector<std::string> pipelines = {
    "StableDiffusionXLPipeline",        "StableDiffusionXLImg2ImgPipeline",
    "StableDiffusionXLInpaintPipeline", "StableDiffusionPipeline",
    "StableDiffusionImg2ImgPipeline",   "StableDiffusionInpaintPipeline"};

const std::vector<std::string> text_classes = {"", "CLIPTextModel", "CLIPTextModelWithProjection"};

/// Whether a model_index.json of another pipeline lists the components of this family.
bool lists_our_components(const ConfigReader& index) {
  const bool has_text =
      index.lists_component("text_encoder") || index.lists_component("text_encoder_2");
  const bool reads_text =
      std::ranges::count(text_classes, index.component_class("text_encoder")) > 0 &&
      std::ranges::count(text_classes, index.component_class("text_encoder_2")) > 0 &&
      !index.lists_component("text_encoder_3");
  return index.component_class("unet") == "UNet2DConditionModel" && index.lists_component("vae") &&
         has_text && reads_text;
}

/// The usual names of the models of other pipelines, by the beginning of the pipeline's class.
const std::vector<std::pair<std::string, std::string>> other_pipelines = {
    {"StableDiffusion3", "Stable Diffusion 3"},
    {"StableDiffusionXL", "a relative of SDXL"},
    {"StableDiffusion", "a relative of Stable Diffusion 1 or 2"},
    {"Flux", "FLUX"},
    {"PixArt", "PixArt"},
    {"StableCascade", "Stable Cascade"},
};

std::string nickname(const std::string& class_name) {
  for (const auto& [front, name] : other_pipelines) {
    if (class_name.starts_with(front)) return " (" + name + ")";
  }
  return "";
}

/// Reads model_index.json. Errors: std::runtime_error that says what the path holds instead.
ConfigReader open_index(const fs::path& path) {
  const std::string shown = path.string();
  if (!fs::exists(path)) {
    tensor::fail("{}: there is no such folder; expected a diffusers folder", shown);
  }
  if (!fs::is_directory(path)) {
    tensor::fail("{}: is a file; expected a diffusers folder (model_index.json, unet, vae ...)",
                 shown);
  }
  if (fs::exists(path / "model_index.json")) return ConfigReader(path / "model_index.json");
  for (const char* config : {"config.json", "scheduler_config.json"}) {
    if (!fs::exists(path / config)) continue;
    tensor::fail(
        "{}: holds one part of a model alone ({}); expected the folder with model_index.json, "
        "one level up in most models",
        shown, tensor::printable(ConfigReader(path / config).class_name()));
  }
  tensor::fail("{}: has no model_index.json; expected a diffusers folder", shown);
}

/// Errors: std::runtime_error where no part of the folder has the variant.
void expect_variant(const fs::path& path, const std::string& variant) {
  if (variant.empty() || has_variant(path, variant)) return;
  tensor::fail(
      "{}: no part of it has weights of the variant {}; expected a file such as "
      "unet/diffusion_pytorch_model.{}.safetensors, or no variant",
      path.string(), tensor::printable(variant), tensor::printable(variant));
}

bool is_tokenizer(const std::string& component) { return component.starts_with("tokenizer"); }
bool is_text_encoder(const std::string& component) { return component.starts_with("text_encoder"); }

std::string config_name(const std::string& component) {
  return component == "scheduler" ? "scheduler_config.json" : "config.json";
}

std::string weights_stem(const std::string& component) {
  return is_text_encoder(component) ? "model" : "diffusion_pytorch_model";
}

}  // namespace

DiffusersFolder::DiffusersFolder(const fs::path& path, const CheckpointOptions& options)
    : Checkpoint(options.policy), path_(path), variant_(options.variant), index_(open_index(path)) {
  expect_variant(path, variant_);
  const std::string name = index_.class_name();
  const bool is_known = std::ranges::count(pipelines, name) > 0;
  if (is_known) return;
  if (lists_our_components(index_)) {
    policy().say(tensor::format("{}: was saved as a {}; it is used as Stable Diffusion{}",
                                path.string(), tensor::printable(name.empty() ? "model" : name),
                                has_second_encoder() ? " XL" : ""));
    return;
  }
  tensor::fail("{}: holds a {}{}; expected a StableDiffusionXLPipeline or StableDiffusionPipeline",
               path.string(), name.empty() ? "model without a name" : tensor::printable(name),
               nickname(name));
}

std::string DiffusersFolder::name() const {
  const fs::path full = fs::absolute(path_).lexically_normal();
  return full.has_filename() ? full.filename().string() : full.parent_path().filename().string();
}

bool DiffusersFolder::has_second_encoder() const {
  return index_.class_name().starts_with("StableDiffusionXL") ||
         index_.lists_component("text_encoder_2");
}

std::vector<std::string> DiffusersFolder::components() const {
  const bool has_second = has_second_encoder();
  std::vector<std::string> names = {"scheduler", "unet", "vae"};
  if (has_second) names.insert(names.end(), {"tokenizer_2", "text_encoder_2"});
  for (const char* component : {"tokenizer", "text_encoder"}) {
    if (index_.lists_component(component) || !has_second) names.push_back(component);
  }
  return names;
}

std::string DiffusersFolder::what_is_missing(const std::string& component) const {
  if (!fs::is_directory(folder(component))) return "the folder";
  if (is_tokenizer(component)) {
    const bool has_tables = fs::exists(folder(component) / "vocab.json") &&
                            fs::exists(folder(component) / "merges.txt");
    const bool is_whole = has_tables || fs::exists(folder(component) / "tokenizer.json");
    return is_whole ? "" : "vocab.json and merges.txt, or tokenizer.json";
  }
  if (!fs::exists(folder(component) / config_name(component))) return config_name(component);
  if (component == "scheduler") return "";
  try {
    find_weights(folder(component), weights_stem(component), variant_);
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

void DiffusersFolder::expect_components(const std::vector<std::string>& components) const {
  std::string missing;
  std::string whole;
  for (const std::string& component : components) {
    const std::string lack = what_is_missing(component);
    if (lack.empty()) {
      whole += (whole.empty() ? "" : ", ") + component;
    } else {
      missing += "\n    " + component + ": " + lack;
    }
  }
  if (missing.empty()) return;
  tensor::fail(
      "{}: parts of the model are missing; is it copied or downloaded whole?\n  missing:{}"
      "\n  there: {}",
      path_.string(), missing, whole.empty() ? "none of them" : whole);
}

bool DiffusersFolder::force_zeros_for_empty_prompt() const {
  return index_.flag("force_zeros_for_empty_prompt", has_second_encoder());
}

bool DiffusersFolder::requires_aesthetics_score() const {
  return index_.flag("requires_aesthetics_score", false);
}

ConfigReader DiffusersFolder::config(const std::string& component) const {
  ConfigReader json(folder(component) / config_name(component));
  const std::string listed = index_.component_class(component);
  const std::string own = json.class_name();
  const bool is_usual = own.empty() && is_text_encoder(component);  // some files name no class
  const std::string name = !listed.empty() ? listed
                           : is_usual      ? class_of_component(component)
                                           : own;
  if (!own.empty() && own != name) {
    policy().say(tensor::format(
        "{}: is a config of {}, but model_index.json lists {}: that is used, with the config's "
        "fields, as in diffusers",
        json.path().string(), tensor::printable(own), tensor::printable(name)));
  }
  json.set_class_name(name);
  return json;
}

ClipTokenizer DiffusersFolder::tokenizer(const std::string& component) const {
  return ClipTokenizer::load(folder(component));
}

ClipTextConfig DiffusersFolder::text_config(const std::string& component) const {
  return ClipTextConfig::read(config(component));
}

UNetConfig DiffusersFolder::unet_config() const { return UNetConfig::read(config("unet")); }

VaeConfig DiffusersFolder::vae_config() const {
  const bool is_there = fs::exists(folder("vae") / "config.json");
  if (is_there && config("vae").class_name() != "AutoencoderTiny") {
    return VaeConfig::read(config("vae"));
  }
  return has_second_encoder() ? VaeConfig::sdxl() : VaeConfig::sd();
}

SchedulerConfig DiffusersFolder::scheduler_config() const {
  return SchedulerConfig::read(config("scheduler"));
}

nn::WeightSource DiffusersFolder::weights(const std::string& component) const {
  const fs::path path = find_weights(folder(component), weights_stem(component), variant_);
  say_if_plain(path, variant_, policy());
  nn::WeightSource source = open_weights(path);
  if (is_text_encoder(component)) add_text_model_prefix(source);
  if (component == "vae") return with_current_names(std::move(source));
  return source;
}

nn::WeightSource DiffusersFolder::weights(const std::string& component, const nn::Module&) const {
  return weights(component);
}

std::unique_ptr<Autoencoder> DiffusersFolder::autoencoder() const {
  return open_vae_folder(config("vae"), variant_, policy());
}

}  // namespace sdxl
