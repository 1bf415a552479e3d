#include "sdxl/checkpoint/checkpoint.h"

#include <algorithm>

#include "sdxl/checkpoint/checkpoint_with_parts.h"
#include "sdxl/checkpoint/diffusers_folder.h"
#include "sdxl/checkpoint/single_file.h"
#include "sdxl/vae/autoencoder_kl.h"
#include "tensor/error.h"

namespace sdxl {

std::unique_ptr<Autoencoder> Checkpoint::autoencoder() const {
  auto vae = std::make_unique<AutoencoderKL>(nn::root("vae"), vae_config());
  load("vae", *vae);
  return vae;
}

bool Checkpoint::has_component(const std::string& component) const {
  const std::vector<std::string> all = components();
  return std::ranges::find(all, component) != all.end();
}

void Checkpoint::load(const std::string& component, nn::Module& model) const {
  load_part(model, class_of_component(component), weights(component, model), policy_);
}

namespace {

std::unique_ptr<Checkpoint> open_model(const std::filesystem::path& path,
                                       const CheckpointOptions& options) {
  if (path.filename() == "model_index.json")
    return open_model(std::filesystem::absolute(path).parent_path(), options);
  if (std::filesystem::is_regular_file(path)) return std::make_unique<SingleFile>(path, options);
  auto folder = std::make_unique<DiffusersFolder>(path, options);
  if (!options.config.empty()) {
    tensor::fail("{}: a diffusers folder has configs of its own; expected a single file with {}",
                 path.string(), options.config.string());
  }
  return folder;
}

}  // namespace

bool PartPaths::any() const {
  return !(unet.empty() && vae.empty() && text_encoder.empty() && text_encoder_2.empty() &&
           tokenizer.empty() && tokenizer_2.empty() && scheduler_config.empty());
}

std::unique_ptr<Checkpoint> open_checkpoint(const std::filesystem::path& path,
                                            const CheckpointOptions& options) {
  std::unique_ptr<Checkpoint> model = open_model(path, options);
  if (!options.parts.any()) return model;
  return std::make_unique<CheckpointWithParts>(std::move(model), options);
}

std::string class_of_component(const std::string& component) {
  if (component == "unet") return "UNet2DConditionModel";
  if (component == "vae") return "AutoencoderKL";
  return component == "text_encoder_2" ? "CLIPTextModelWithProjection" : "CLIPTextModel";
}

}  // namespace sdxl
