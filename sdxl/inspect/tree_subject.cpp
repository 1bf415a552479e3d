#include "sdxl/inspect/tree_subject.h"

#include "sdxl/text/clip_text_model.h"
#include "sdxl/unet/unet_2d_condition.h"
#include "sdxl/vae/autoencoder_kl.h"

namespace sdxl {

using tensor::Tensor;

namespace {

constexpr int64_t tokens = 77;
constexpr int64_t pixels_per_latent = 8;

/// Zeros for every condition of a UNet. One size, and a pooled text that fills the rest of their
/// common width: how the two share it makes no difference here.
Conditioning conditioning(const UNetConfig& c) {
  Conditioning cond;
  cond.context = Tensor::zeros({1, tokens, c.cross_attention_dim});
  if (c.text_time_embedding) {
    const int64_t text_width = c.projection_class_embeddings_input_dim - c.addition_time_embed_dim;
    cond.pooled = Tensor::zeros({1, text_width});
    cond.time_ids = Tensor::zeros({1, 1});
  }
  if (c.time_cond_proj_dim > 0) cond.timestep_cond = Tensor::zeros({1, c.time_cond_proj_dim});
  return cond;
}

}  // namespace

TreeSubject tree_subject(const UNetConfig& config) {
  auto unet = std::make_unique<UNet2DConditionModel>(nn::root("unet"), config);
  const auto forward = [config, &unet = *unet](const PixelSize& size) {
    const tensor::Shape latents = {1, config.in_channels, size.height / pixels_per_latent,
                                   size.width / pixels_per_latent};
    unet.forward(Tensor::uninitialized(latents), 0.0f, conditioning(config));
  };
  const int64_t side = pixels_per_latent * config.sample_size;
  return {"UNet2DConditionModel", std::move(unet), {side, side}, forward};
}

TreeSubject tree_subject(const ClipTextConfig& config, const std::string& component) {
  auto encoder = std::make_unique<CLIPTextModel>(nn::root(component), config);
  const auto forward = [config, &encoder = *encoder](const PixelSize&) {
    encoder.forward({std::vector<int64_t>(config.max_position_embeddings, 0)});
  };
  return {"CLIPTextModel", std::move(encoder), {}, forward};
}

TreeSubject tree_subject(const VaeConfig& config) {
  auto vae = std::make_unique<AutoencoderKL>(nn::root("vae"), config);
  const auto forward = [config, &vae = *vae](const PixelSize& size) {
    const int64_t unit = config.pixels_per_latent();
    vae.encode(Tensor::uninitialized({1, config.in_channels, size.height, size.width}));
    vae.decode(
        Tensor::uninitialized({1, config.latent_channels, size.height / unit, size.width / unit}));
  };
  return {"AutoencoderKL", std::move(vae), {config.sample_size, config.sample_size}, forward};
}

const std::map<std::string, std::function<TreeSubject()>>& built_in_subjects() {
  static const std::map<std::string, std::function<TreeSubject()>> subjects = {
      {"sdxl-base", [] { return tree_subject(UNetConfig::sdxl_base()); }},
      {"sdxl-refiner", [] { return tree_subject(UNetConfig::sdxl_refiner()); }},
      {"sd15", [] { return tree_subject(UNetConfig::sd15()); }},
      {"sd21", [] { return tree_subject(UNetConfig::sd21()); }},
      {"clip-l", [] { return tree_subject(ClipTextConfig::clip_l(), "text_encoder"); }},
      {"openclip-bigg",
       [] { return tree_subject(ClipTextConfig::openclip_bigg(), "text_encoder_2"); }},
      {"vae", [] { return tree_subject(VaeConfig::sdxl()); }}};
  return subjects;
}

}  // namespace sdxl
