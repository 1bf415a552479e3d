#include "sdxl/pipeline/stable_diffusion_xl.h"

#include <utility>

namespace sdxl {

namespace {

/// The folder itself, once all parts are known to be there.
DiffusersFolder with_all_parts(DiffusersFolder folder) {
  folder.expect_parts(folder.parts());
  return folder;
}

}  // namespace

StableDiffusionXL::StableDiffusionXL(DiffusersFolder model_folder)
    : folder(with_all_parts(std::move(model_folder))),
      tokenizer_2(ClipTokenizer::load(folder.folder("tokenizer_2"))),
      text_encoder_2(nn::root(), ClipTextConfig::read(folder.config("text_encoder_2"))),
      unet(nn::root(), UNetConfig::read(folder.config("unet"))),
      scheduler_config(SchedulerConfig::read(folder.config("scheduler"))),
      vae(nn::root(), VaeConfig::read(folder.config("vae"))) {
  if (folder.lists("text_encoder")) {
    tokenizer.emplace(ClipTokenizer::load(folder.folder("tokenizer")));
    text_encoder.emplace(nn::root(), ClipTextConfig::read(folder.config("text_encoder")));
    nn::load(*text_encoder, "CLIPTextModel", folder.weights("text_encoder"));
  }
  nn::load(text_encoder_2, "CLIPTextModelWithProjection", folder.weights("text_encoder_2"));
  nn::load(unet, "UNet2DConditionModel", folder.weights("unet"));
  nn::load(vae, "AutoencoderKL", folder.weights("vae"));
}

bool StableDiffusionXL::sees_mask() const {
  return unet.config().in_channels == 2 * vae.config().latent_channels + 1;
}

PixelSize StableDiffusionXL::default_size() const {
  const int64_t side = unet.config().sample_size > 0 ? unet.config().sample_size : 128;
  return {side * vae.config().pixels_per_latent(), side * vae.config().pixels_per_latent()};
}

}  // namespace sdxl
