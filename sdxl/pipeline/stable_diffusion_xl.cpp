#include "sdxl/pipeline/stable_diffusion_xl.h"

#include <algorithm>
#include <utility>

#include "sdxl/pipeline/parts_fit.h"

namespace sdxl {

namespace {

/// The model's files, after a check that all components are there.
std::unique_ptr<Checkpoint> with_all_parts(std::unique_ptr<Checkpoint> files) {
  files->expect_components(files->components());
  return files;
}

}  // namespace

StableDiffusionXL::StableDiffusionXL(std::unique_ptr<Checkpoint> files, const std::string& name)
    : checkpoint(with_all_parts(std::move(files))),
      unet(nn::root("unet"), checkpoint->unet_config()),
      scheduler_config(checkpoint->scheduler_config()),
      vae(checkpoint->autoencoder()) {
  if (checkpoint->has_component("text_encoder")) {
    tokenizer.emplace(checkpoint->tokenizer("tokenizer"));
    text_encoder.emplace(nn::root("text_encoder"), checkpoint->text_config("text_encoder"));
    checkpoint->load("text_encoder", *text_encoder);
  }
  if (checkpoint->has_component("text_encoder_2")) {
    tokenizer_2.emplace(checkpoint->tokenizer("tokenizer_2"));
    text_encoder_2.emplace(nn::root("text_encoder_2"), checkpoint->text_config("text_encoder_2"));
    checkpoint->load("text_encoder_2", *text_encoder_2);
  }
  expect_parts_fit(*this);  // before the UNet's weights, the most of the model
  checkpoint->load("unet", unet);
  unet.put_below(name);
  vae->put_below(name);
  if (text_encoder) text_encoder->put_below(name);
  if (text_encoder_2) text_encoder_2->put_below(name);
}

StableDiffusionXL::StableDiffusionXL(DiffusersFolder folder)
    : StableDiffusionXL(std::make_unique<DiffusersFolder>(std::move(folder))) {}

bool StableDiffusionXL::is_refiner() const {
  return size_conditions(*this) == refiner_size_conditions;
}

std::vector<const nn::Module*> StableDiffusionXL::components() const {
  std::vector<const nn::Module*> all;
  if (text_encoder) all.push_back(&*text_encoder);
  if (text_encoder_2) all.push_back(&*text_encoder_2);
  if (image_encoder) all.push_back(image_encoder.get());
  for (const Control& control : controls.all) {
    const nn::Module* net = control.net.get();
    if (std::ranges::count(all, net) == 0) all.push_back(net);  // a union may have several pictures
  }
  all.insert(all.end(), {&unet, vae.get()});
  return all;
}

void StableDiffusionXL::release_pages() const {
  for (const nn::Module* component : components()) component->release_pages();
}

bool StableDiffusionXL::is_inpainting() const {
  return unet.config().in_channels == 2 * vae->latent_channels() + 1;
}

PixelSize StableDiffusionXL::default_size() const {
  const int64_t side = unet.config().sample_size > 0 ? unet.config().sample_size : 128;
  return {side * vae->pixels_per_latent(), side * vae->pixels_per_latent()};
}

}  // namespace sdxl
