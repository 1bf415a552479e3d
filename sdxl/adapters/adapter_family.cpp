#include "sdxl/adapters/adapter_family.h"

#include <algorithm>

#include "sdxl/adapters/adapter_names.h"
#include "sdxl/checkpoint/part_names.h"
#include "sdxl/unet/unet_2d_condition.h"
#include "tensor/error.h"

namespace sdxl {

namespace {

using tensor::io::SafetensorsFile;
using Pairs = std::vector<std::pair<std::string, std::string>>;

/// Models without a UNet, by a part of their layers' names.
const Pairs other_families = {
    {"double_blocks", "FLUX"},
    {"single_transformer_blocks", "FLUX"},
    {"joint_blocks", "Stable Diffusion 3"},
    {"attn_add_k_proj", "a transformer such as Stable Diffusion 3 or FLUX"},
    {"attn.add_k_proj", "a transformer such as Stable Diffusion 3 or FLUX"},
    {"lora_prior_unet", "Stable Cascade or Kandinsky"},
    {"lora_transformer_", "a model with a transformer in place of the UNet"},
};

std::string family_of_width(int64_t width) {
  switch (width) {
    case 768:
      return "Stable Diffusion 1";
    case 1024:
      return "Stable Diffusion 2";
    case 1280:
      return "SDXL's refiner";
    case 2048:
      return "SDXL base";
    default:
      return "another model";
  }
}

std::string what_else(const SafetensorsFile& file) {
  for (const char* part : {"unet", "vae", "text_encoder", "text_encoder_2"}) {
    if (find_part(file, part)) return "a model, or a part of one";
  }
  return file.names().empty() ? "no tensors" : tensor::printable(file.names().front()) + " ...";
}

/// The width of the text features that its first to_k of a cross-attention takes; 0 without one.
int64_t text_width(const SafetensorsFile& file) {
  for (const std::string& name : file.names()) {
    const auto split = split_adapter_name(name);
    if (!split || component_of_adapter_name(name) != "unet") continue;
    const bool is_right = split->part == "down" || split->part == "hada_w1_b";
    const bool is_text = split->layer.find("attn2") != std::string::npos &&
                         split->layer.find("to_k") != std::string::npos;
    const tensor::Shape& shape = file.shape(name);
    if (is_right && is_text && shape.rank() >= 2) return shape.dim(1);
  }
  return 0;
}

}  // namespace

void expect_adapter(const SafetensorsFile& file) {
  const bool is_adapter = std::ranges::any_of(file.names(), [](const std::string& name) {
    const auto split = split_adapter_name(name);
    return split && split->part != "alpha";
  });
  if (!is_adapter) {
    tensor::fail(
        "{}: holds {}; expected an adapter (LoRA, LoCon, LoHa, LoKr): names that end in "
        ".lora_down.weight, .lora_A.weight, .hada_w1_a or .lokr_w1",
        file.path().string(), what_else(file));
  }
  for (const std::string& name : file.names()) {
    for (const auto& [part, family] : other_families) {
      if (name.find(part) == std::string::npos) continue;
      tensor::fail(
          "{}: is an adapter for {} ({}); expected one for this model's UNet and text encoders",
          file.path().string(), family, tensor::printable(name));
    }
  }
}

void expect_same_family(const SafetensorsFile& file, const nn::Module& model) {
  const auto* unet = dynamic_cast<const UNet2DConditionModel*>(&model);
  if (!unet) return;
  const int64_t theirs = text_width(file), ours = unet->config().cross_attention_dim;
  if (theirs == 0 || theirs == ours) return;
  tensor::fail(
      "{}: is an adapter for {}: its cross-attentions take text features of {} numbers, and this "
      "model's of {}; expected an adapter for {}{}",
      file.path().string(), family_of_width(theirs), theirs, ours,
      family_of_width(ours) == "another model" ? "this model" : family_of_width(ours),
      base_in_metadata(file));
}

std::string base_in_metadata(const SafetensorsFile& file) {
  for (const char* key : {"modelspec.architecture", "ss_base_model_version", "ss_sd_model_name"}) {
    const auto found = file.metadata().find(key);
    if (found == file.metadata().end()) continue;
    return tensor::format(" (its metadata says it is for {})",
                          tensor::printable(found->second, 80));
  }
  return "";
}

}  // namespace sdxl
