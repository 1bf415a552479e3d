#include "sdxl/checkpoint/checkpoint.h"

#include "sdxl/checkpoint/diffusers_folder.h"
#include "sdxl/checkpoint/single_file.h"
#include "tensor/error.h"

namespace sdxl {

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

std::string class_of_part(const std::string& part) {
  if (part == "unet") return "UNet2DConditionModel";
  if (part == "vae") return "AutoencoderKL";
  return part == "text_encoder_2" ? "CLIPTextModelWithProjection" : "CLIPTextModel";
}

}  // namespace sdxl
