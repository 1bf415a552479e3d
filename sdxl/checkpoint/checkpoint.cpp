#include "sdxl/checkpoint/checkpoint.h"

#include <algorithm>

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
  nn::load(model, class_of_component(component), weights(component, model));
}

std::unique_ptr<Checkpoint> open_checkpoint(const std::filesystem::path& path,
                                            const CheckpointOptions& options) {
  if (std::filesystem::is_regular_file(path)) {
    return std::make_unique<SingleFile>(path, options.config);
  }
  auto folder = std::make_unique<DiffusersFolder>(path, options.variant);
  if (!options.config.empty()) {
    tensor::fail("{}: a diffusers folder has configs of its own; expected a single file with {}",
                 path.string(), options.config.string());
  }
  return folder;
}

std::string class_of_component(const std::string& component) {
  if (component == "unet") return "UNet2DConditionModel";
  if (component == "vae") return "AutoencoderKL";
  return component == "text_encoder_2" ? "CLIPTextModelWithProjection" : "CLIPTextModel";
}

}  // namespace sdxl
