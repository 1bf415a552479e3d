#include "sdxl/checkpoint/diffusers_folder.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "sdxl/checkpoint/vae_files.h"
#include "sdxl/vae/vae_aliases.h"
#include "tensor/error.h"

namespace sdxl {

namespace fs = std::filesystem;

namespace {

const std::vector<std::string> pipelines = {
    "StableDiffusionXLPipeline",        "StableDiffusionXLImg2ImgPipeline",
    "StableDiffusionXLInpaintPipeline", "StableDiffusionPipeline",
    "StableDiffusionImg2ImgPipeline",   "StableDiffusionInpaintPipeline"};

/// What people call the models of other pipelines.
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

/// Reads model_index.json, or says what there is in its place.
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

bool is_tokenizer(const std::string& part) { return part.starts_with("tokenizer"); }
bool is_text_encoder(const std::string& part) { return part.starts_with("text_encoder"); }

std::string config_name(const std::string& part) {
  return part == "scheduler" ? "scheduler_config.json" : "config.json";
}

std::string weights_stem(const std::string& part) {
  return is_text_encoder(part) ? "model" : "diffusion_pytorch_model";
}

/// Puts "text_model." before the names that lack it. The projection never has it.
void add_text_model_prefix(nn::WeightSource& source) {
  std::map<std::string, tensor::WeightView> renamed;
  for (const auto& [name, view] : source.weights) {
    const bool is_full = name.starts_with("text_model.") || name.starts_with("text_projection.");
    renamed.emplace(is_full ? name : "text_model." + name, view);
  }
  source.weights = std::move(renamed);
}

}  // namespace

DiffusersFolder::DiffusersFolder(const fs::path& path, std::string variant)
    : path_(path), variant_(std::move(variant)), index_(open_index(path)) {
  const std::string name = index_.class_name();
  const auto found = std::find(pipelines.begin(), pipelines.end(), name);
  if (found != pipelines.end()) return;
  tensor::fail("{}: holds a {}{}; expected a StableDiffusionXLPipeline or StableDiffusionPipeline",
               path.string(), name.empty() ? "model without a name" : tensor::printable(name),
               nickname(name));
}

std::string DiffusersFolder::name() const {
  const fs::path full = fs::absolute(path_).lexically_normal();
  return full.has_filename() ? full.filename().string() : full.parent_path().filename().string();
}

bool DiffusersFolder::lists(const std::string& part) const { return index_.lists_component(part); }

std::vector<std::string> DiffusersFolder::parts() const {
  const bool has_second = index_.class_name().starts_with("StableDiffusionXL");
  std::vector<std::string> names = {"scheduler", "unet", "vae"};
  if (has_second) names.insert(names.end(), {"tokenizer_2", "text_encoder_2"});
  for (const char* part : {"tokenizer", "text_encoder"}) {
    if (lists(part) || !has_second) names.push_back(part);
  }
  return names;
}

std::string DiffusersFolder::what_is_missing(const std::string& part) const {
  if (!fs::is_directory(folder(part))) return "the folder";
  if (is_tokenizer(part)) {
    const bool has_tables =
        fs::exists(folder(part) / "vocab.json") && fs::exists(folder(part) / "merges.txt");
    const bool is_whole = has_tables || fs::exists(folder(part) / "tokenizer.json");
    return is_whole ? "" : "vocab.json and merges.txt, or tokenizer.json";
  }
  if (!fs::exists(folder(part) / config_name(part))) return config_name(part);
  if (part == "scheduler") return "";
  try {
    find_weights(folder(part), weights_stem(part), variant_);
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

void DiffusersFolder::expect_parts(const std::vector<std::string>& parts) const {
  std::string missing;
  std::string whole;
  for (const std::string& part : parts) {
    const std::string lack = what_is_missing(part);
    if (lack.empty()) {
      whole += (whole.empty() ? "" : ", ") + part;
    } else {
      missing += "\n    " + part + ": " + lack;
    }
  }
  if (missing.empty()) return;
  tensor::fail(
      "{}: parts of the model are missing; is it copied or downloaded whole?\n  missing:{}"
      "\n  there: {}",
      path_.string(), missing, whole.empty() ? "none of them" : whole);
}

bool DiffusersFolder::force_zeros_for_empty_prompt() const {
  const bool is_xl = index_.class_name().starts_with("StableDiffusionXL");
  return index_.flag("force_zeros_for_empty_prompt", is_xl);
}

bool DiffusersFolder::requires_aesthetics_score() const {
  return index_.flag("requires_aesthetics_score", false);
}

ConfigReader DiffusersFolder::config(const std::string& part) const {
  return ConfigReader(folder(part) / config_name(part));
}

ClipTokenizer DiffusersFolder::tokenizer(const std::string& part) const {
  return ClipTokenizer::load(folder(part));
}

ClipTextConfig DiffusersFolder::text_config(const std::string& part) const {
  return ClipTextConfig::read(config(part));
}

UNetConfig DiffusersFolder::unet_config() const { return UNetConfig::read(config("unet")); }

VaeConfig DiffusersFolder::vae_config() const { return VaeConfig::read(config("vae")); }

SchedulerConfig DiffusersFolder::scheduler_config() const {
  return SchedulerConfig::read(config("scheduler"));
}

std::unique_ptr<Autoencoder> DiffusersFolder::autoencoder() {
  VaeFiles opened = open_vae_folder(folder("vae"), variant_);
  files_.insert(files_.end(), opened.files.begin(), opened.files.end());
  return std::move(opened.vae);
}

void DiffusersFolder::load(const std::string& part, nn::Module& model) {
  nn::load(model, class_of_part(part), weights(part));
}

nn::WeightSource DiffusersFolder::weights(const std::string& part) {
  WeightFiles opened = open_weights(find_weights(folder(part), weights_stem(part), variant_));
  files_.insert(files_.end(), opened.files.begin(), opened.files.end());
  if (is_text_encoder(part)) add_text_model_prefix(opened.source);
  if (part == "vae") return with_current_names(std::move(opened.source));
  return std::move(opened.source);
}

void DiffusersFolder::let_go() const {
  for (const tensor::io::SafetensorsFile& file : files_) file.let_go();
}

}  // namespace sdxl
