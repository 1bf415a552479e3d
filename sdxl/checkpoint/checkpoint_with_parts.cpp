#include "sdxl/checkpoint/checkpoint_with_parts.h"

#include <algorithm>
#include <utility>

#include "sdxl/checkpoint/open_vae.h"
#include "sdxl/vae/autoencoder_kl.h"
#include "tensor/error.h"

namespace sdxl {

namespace fs = std::filesystem;

namespace {

const std::vector<std::string> all_components = {
    "scheduler", "unet", "vae", "tokenizer", "text_encoder", "text_encoder_2", "tokenizer_2"};

/// The first of a file, of `name` in a folder and of `name` in the component's folder of a model.
fs::path find_file(const fs::path& path, const std::string& component, const std::string& name) {
  if (fs::is_regular_file(path)) return path;
  for (const fs::path& place : {path / name, path / component / name}) {
    if (fs::exists(place)) return place;
  }
  tensor::fail("{}: {}; expected {}, or a folder with it", path.string(),
               fs::exists(path) ? "has no " + name : "there is no such file or folder", name);
}

/// A tokenizer's folder, given by itself, by a file in it or by a model's folder.
fs::path tokenizer_folder(const fs::path& path, const std::string& component) {
  const fs::path place = fs::is_regular_file(path) ? path.parent_path() : path;
  return fs::is_directory(place / component) ? place / component : place;
}

}  // namespace

CheckpointWithParts::CheckpointWithParts(std::unique_ptr<Checkpoint> model,
                                         const CheckpointOptions& options)
    : Checkpoint(options.policy),
      model_(std::move(model)),
      parts_(options.parts),
      variant_(options.variant) {}

const fs::path& CheckpointWithParts::path_of(const std::string& component) const {
  static const fs::path none;
  if (component == "unet") return parts_.unet;
  if (component == "vae") return parts_.vae;
  if (component == "text_encoder") return parts_.text_encoder;
  if (component == "text_encoder_2") return parts_.text_encoder_2;
  if (component == "tokenizer") return parts_.tokenizer;
  if (component == "tokenizer_2") return parts_.tokenizer_2;
  return component == "scheduler" ? parts_.scheduler_config : none;
}

OtherPart CheckpointWithParts::open(const std::string& component) const {
  return OtherPart(path_of(component), component, variant_, policy());
}

std::vector<std::string> CheckpointWithParts::components() const {
  std::vector<std::string> names = model_->components();
  for (const std::string& component : all_components) {
    if (is_given(component) && !model_->has_component(component)) names.push_back(component);
  }
  return names;
}

void CheckpointWithParts::expect_components(const std::vector<std::string>& components) const {
  std::vector<std::string> own;
  std::ranges::copy_if(components, std::back_inserter(own),
                       [&](const std::string& component) { return !is_given(component); });
  model_->expect_components(own);
}

bool CheckpointWithParts::force_zeros_for_empty_prompt() const {
  return model_->force_zeros_for_empty_prompt();
}

bool CheckpointWithParts::requires_aesthetics_score() const {
  return model_->requires_aesthetics_score();
}

ClipTokenizer CheckpointWithParts::tokenizer(const std::string& component) const {
  if (!is_given(component)) return model_->tokenizer(component);
  return ClipTokenizer::load(tokenizer_folder(path_of(component), component));
}

ClipTextConfig CheckpointWithParts::text_config(const std::string& component) const {
  if (!is_given(component)) return model_->text_config(component);
  const OtherPart part = open(component);
  return part.has_config() ? part.text_config() : model_->text_config(component);
}

UNetConfig CheckpointWithParts::unet_config() const {
  if (!is_given("unet")) return model_->unet_config();
  const OtherPart part = open("unet");
  return part.has_config() ? part.unet_config() : part.unet_config(model_->unet_config());
}

VaeConfig CheckpointWithParts::vae_config() const {
  if (!is_given("vae")) return model_->vae_config();
  const std::unique_ptr<Autoencoder> vae = autoencoder();
  const auto* full = dynamic_cast<const AutoencoderKL*>(vae.get());
  if (!full) {
    tensor::fail("{}: is a tiny autoencoder; expected an AutoencoderKL here", parts_.vae.string());
  }
  return full->config();
}

SchedulerConfig CheckpointWithParts::scheduler_config() const {
  if (!is_given("scheduler")) return model_->scheduler_config();
  const char* name = "scheduler_config.json";
  return SchedulerConfig::read(ConfigReader(find_file(parts_.scheduler_config, "scheduler", name)));
}

nn::WeightSource CheckpointWithParts::weights(const std::string& component,
                                              const nn::Module& model) const {
  return is_given(component) ? open(component).weights(model) : model_->weights(component, model);
}

std::unique_ptr<Autoencoder> CheckpointWithParts::autoencoder() const {
  if (!is_given("vae")) return model_->autoencoder();
  return open_vae(parts_.vae, variant_, model_->vae_config(), policy());
}

}  // namespace sdxl
