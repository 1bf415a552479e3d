#include "sdxl/checkpoint/single_file.h"

#include "sdxl/checkpoint/open_vae.h"
#include "sdxl/checkpoint/other_part.h"
#include "sdxl/checkpoint/part_names.h"
#include "sdxl/text/clip_text_model.h"
#include "sdxl/unet/unet_2d_condition.h"
#include "sdxl/vae/autoencoder_kl.h"
#include "tests/fuzz/support/fuzz.h"
#include "tests/fuzz/support/sparse_file.h"

namespace {

/// The parts of Stable Diffusion 1, whose names are looked up in the file.
const nn::Module& model_of(const std::string& component) {
  static const sdxl::UNet2DConditionModel unet(nn::root("unet"), sdxl::UNetConfig::sd15());
  static const sdxl::AutoencoderKL vae(nn::root("vae"), sdxl::VaeConfig::sd());
  static const sdxl::CLIPTextModel text(nn::root(component), sdxl::ClipTextConfig::clip_l());
  static const sdxl::CLIPTextModel text_2(nn::root(component),
                                          sdxl::ClipTextConfig::openclip_bigg());
  if (component == "unet") return unet;
  if (component == "vae") return vae;
  return component == "text_encoder" ? static_cast<const nn::Module&>(text) : text_2;
}

}  // namespace

/// What a single file holds, by the names and sizes of its tensors. The input has one a line, the
/// sizes behind the name.
void fuzz::test(std::string_view input) {
  const std::string path = write_sparse_file(input);
  const auto read = [&](auto&& action) { expect_result_or_error(path, action); };
  for (const char* component : {"unet", "vae", "text_encoder", "text_encoder_2"}) {
    read([&] {
      const tensor::io::SafetensorsFile file(path);
      const auto names = sdxl::find_part(file, component);
      if (names) sdxl::part_weights(file, *names, model_of(component));
    });
    if (component == std::string("vae")) continue;
    read([&] {
      const sdxl::OtherPart part(path, component, "", {});
      if (component == std::string("unet")) part.unet_config(sdxl::UNetConfig::sd15());
      part.weights(model_of(component));
    });
  }
  read([&] { sdxl::open_vae(path, "", sdxl::VaeConfig::sd()); });
  read([&] {
    const sdxl::SingleFile file(path);
    file.unet_config();
    file.vae_config();
    file.scheduler_config();
    for (const std::string& component : file.components()) {
      read([&] { file.expect_components({component}); });
    }
  });
}
