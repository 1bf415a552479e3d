#include "tests/support/names.h"

#include <doctest/doctest.h>

#include "sdxl/text/clip_text_model.h"
#include "sdxl/unet/unet_2d_condition.h"
#include "sdxl/vae/autoencoder_kl.h"

using sdxl::UNet2DConditionModel;
using sdxl::UNetConfig;

namespace {

void check_unet(const UNetConfig& config, const std::string& list, size_t tensors, int64_t total) {
  const UNet2DConditionModel unet(nn::root(), config);
  CHECK(support::compare_names(unet, list) == "");
  CHECK(nn::all_parameters(unet).size() == tensors);
  CHECK(support::count_parameters(unet) == total);
}

}  // namespace

TEST_CASE("names: the base UNet has the published names and shapes") {
  check_unet(UNetConfig::sdxl_base(), "unet_base", 1680, 2'567'463'684);
}

TEST_CASE("names: the refiner UNet has the published names and shapes") {
  check_unet(UNetConfig::sdxl_refiner(), "unet_refiner", 1220, 2'259'526'660);
}

TEST_CASE("names: the UNet of SD 1.5 has the published names and shapes") {
  check_unet(UNetConfig::sd15(), "unet_sd15", 686, 859'520'964);
}

TEST_CASE("names: the UNet of SD 2.1 has the published names and shapes") {
  check_unet(UNetConfig::sd21(), "unet_sd21", 686, 865'910'724);
}

TEST_CASE("names: the autoencoder has the published names and shapes") {
  const sdxl::AutoencoderKL vae(nn::root(), sdxl::VaeConfig::sdxl());
  CHECK(support::compare_names(vae, "vae") == "");
  CHECK(nn::all_parameters(vae).size() == 248);
  CHECK(support::count_parameters(vae) == 83'653'863);
}

TEST_CASE("names: both text encoders have the published names and shapes") {
  const sdxl::CLIPTextModel clip_l(nn::root(), sdxl::ClipTextConfig::clip_l());
  CHECK(support::compare_names(clip_l, "text_encoder") == "");
  CHECK(nn::all_parameters(clip_l).size() == 196);
  CHECK(support::count_parameters(clip_l) == 123'060'480);

  const sdxl::CLIPTextModel bigg(nn::root(), sdxl::ClipTextConfig::openclip_bigg());
  CHECK(support::compare_names(bigg, "text_encoder_2") == "");
  CHECK(nn::all_parameters(bigg).size() == 517);
  CHECK(support::count_parameters(bigg) == 694'659'840);
}
