#include "sdxl/image_prompt/add_ip_adapters.h"

#include "sdxl/image_prompt/ip_adapter_file.h"
#include "sdxl/vision/clip_pixels.h"
#include "sdxl/vision/open_vision_model.h"
#include "tensor/error.h"
#include "tensor/ops.h"

namespace sdxl {

namespace fs = std::filesystem;

namespace {

fs::path encoder_beside(const fs::path& adapter) {
  const fs::path folder = adapter.parent_path() / "image_encoder";
  if (fs::exists(folder)) return folder;
  tensor::fail(
      "{}: has no folder image_encoder beside it; expected the CLIP image encoder that the adapter "
      "was trained with (--ip-encoder)",
      adapter.string());
}

/// Errors: std::runtime_error for an encoder of another width.
void expect_width(const fs::path& adapter, const ProjectorConfig& projector,
                  const fs::path& encoder, const ClipVisionConfig& config) {
  const bool takes_states = projector.is_resampler;
  const int64_t width = takes_states ? config.hidden_size : config.projection_dim;
  if (width == projector.inputs) return;
  tensor::fail(
      "{}: takes {} of {} numbers, and the image encoder {} gives {}; expected the one that the "
      "adapter was trained with (ViT-H/14: {}, ViT-bigG/14: {})",
      adapter.string(), takes_states ? "hidden states" : "an image embedding", projector.inputs,
      encoder.string(), width, takes_states ? 1280 : 1024, takes_states ? 1664 : 1280);
}

}  // namespace

void add_ip_adapters(StableDiffusionXL& model, const std::vector<IpAdapterChoice>& choices,
                     const fs::path& encoder, const std::string& variant) {
  if (choices.empty()) return;
  if (model.unet.encoder_hid_proj()) {
    tensor::fail("{}: has IP-Adapters already; expected a model without, and all of them at once",
                 model.checkpoint->name());
  }
  std::vector<IpAdapterFile> files;
  for (const IpAdapterChoice& choice : choices) {
    files.emplace_back(choice.file).expect_fits(model.unet);  // before the encoder is opened
  }
  const fs::path folder = encoder.empty() ? encoder_beside(choices.front().file) : encoder;
  const auto vision =
      open_vision_model(folder, variant, "image_encoder", model.checkpoint->policy());
  for (size_t i = 0; i < files.size(); ++i) {
    expect_width(choices[i].file, files[i].projector_config(), folder, vision->config());
  }
  for (const IpAdapterFile& file : files) file.add_to(model.unet);
  model.image_encoder = vision;
  for (const IpAdapterChoice& choice : choices) {
    model.image_prompts.push_back(choice.images.empty()
                                      ? ImagePrompt{.pixels = {}, .scale = choice.scale}
                                      : image_prompt(model, choice.images, choice.scale));
  }
}

ImagePrompt image_prompt(const StableDiffusionXL& model, const std::vector<tensor::Image>& images,
                         double scale) {
  tensor::require(!images.empty(), "IP-Adapter: expected at least one image");
  std::vector<Tensor> pixels;
  for (const tensor::Image& image : images) {
    pixels.push_back(clip_pixels(image, model.image_encoder->config().image_size));
  }
  return {concat(pixels, 0), scale};
}

}  // namespace sdxl
