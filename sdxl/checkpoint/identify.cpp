#include "sdxl/checkpoint/identify.h"

#include <algorithm>
#include <utility>

#include "sdxl/checkpoint/part_names.h"
#include "sdxl/unet/unet_config.h"
#include "tensor/error.h"

namespace sdxl {

namespace {

using tensor::io::SafetensorsFile;

const std::string unet_prefix = "model.diffusion_model.";

/// Other models in a file, by a part of the name of one of their tensors; the most specific come
/// first.
const std::vector<std::pair<std::string, std::string>> other_models = {
    {".lora_down.", "a LoRA: changes to a model, not a model"},
    {".lora_A.", "a LoRA: changes to a model, not a model"},
    {".lora.down.", "a LoRA: changes to a model, not a model"},
    {"lora_linear_layer.", "a LoRA: changes to a model, not a model"},
    {".hada_w1", "a LyCORIS adapter: changes to a model, not a model"},
    {".lokr_w1", "a LyCORIS adapter: changes to a model, not a model"},
    {"joint_blocks.", "Stable Diffusion 3, which has a transformer in place of the UNet"},
    {"attn.add_k_proj.", "a transformer of SD3 or FLUX, in diffusers' layout"},
    {"double_blocks.", "FLUX, which has a transformer in place of the UNet"},
    {"control_model.", "a ControlNet"},
    {"controlnet_cond_embedding.", "a ControlNet, in diffusers' layout"},
    {"diffusion_model.effnet_mapper.", "Stable Cascade"},
    {"clip_g", "a textual inversion: a word for a model, not a model"},
    {"emb_params", "a textual inversion: a word for a model, not a model"},
    {"decoder.layers.0.", "a tiny autoencoder alone (for --vae)"},
};

/// Other models in the layout of a whole checkpoint, by the beginning of a name.
const std::vector<std::pair<std::string, std::string>> other_checkpoints = {
    {"control_model.input_blocks.", "a ControlNet"},
    {"edm_mean", "Playground 2.5, which was trained with noise of another kind"},
    {"edm_vpred.", "a model that was trained with noise of another kind (EDM)"},
};

bool any_contains(const SafetensorsFile& file, const std::string& text) {
  return std::ranges::any_of(
      file.names(), [&](const std::string& name) { return name.find(text) != std::string::npos; });
}

[[noreturn]] void refuse(const SafetensorsFile& file, const std::string& what) {
  tensor::fail(
      "{}: holds {}; expected a whole checkpoint of SDXL (base or refiner) or of Stable Diffusion "
      "1 or 2",
      file.path().string(), what);
}

/// One part of a model alone, and the option that takes it; or "".
std::string part_alone(const SafetensorsFile& file) {
  const std::vector<std::pair<std::string, std::string>> parts = {
      {"unet", "a UNet alone (for --unet)"},
      {"vae", "an autoencoder alone (for --vae)"},
      {"text_encoder_2", "a text encoder alone (for --text-encoder or --text-encoder-2)"}};
  for (const auto& [component, what] : parts) {
    if (find_part(file, component)) return what;
  }
  return "";
}

/// For a file that is no whole checkpoint. A part that is complete decides before any single name.
[[noreturn]] void refuse_by_content(const SafetensorsFile& file) {
  if (file.names().empty()) refuse(file, "no tensors");
  for (const auto& [part_of_name, what] : other_models) {
    const bool is_adapter = what.ends_with("not a model");
    if (is_adapter && !part_alone(file).empty()) continue;
    if (any_contains(file, part_of_name)) refuse(file, what);
  }
  if (!part_alone(file).empty()) refuse(file, part_alone(file));
  refuse(file, "no model that is known (" + tensor::printable(file.names().front()) + " ...)");
}

/// The width of the text features, by the UNet's first cross-attention; 0 if there is none.
int64_t context_width(const SafetensorsFile& file) {
  const std::string end = ".1.transformer_blocks.0.attn2.to_k.weight";
  for (const std::string& name : file.names()) {
    const bool is_first = name.starts_with(unet_prefix + "input_blocks.") && name.ends_with(end);
    if (is_first && file.shape(name).rank() == 2) return file.shape(name).dim(1);
  }
  return 0;
}

/// SDXL's UNets have an embedding of sizes: `label_emb`.
ModelKind kind_of_xl(const SafetensorsFile& file) {
  if (any_begins(file, "conditioner.embedders.1.")) return ModelKind::sdxl_base;
  if (any_begins(file, "conditioner.embedders.0.model.")) return ModelKind::sdxl_refiner;
  if (any_begins(file, "cond_stage_model.")) refuse(file, "Stable unCLIP");
  const int64_t width = context_width(file);
  if (width == UNetConfig::sdxl_base().cross_attention_dim) return ModelKind::sdxl_base;
  if (width == UNetConfig::sdxl_refiner().cross_attention_dim) return ModelKind::sdxl_refiner;
  refuse(file, "a UNet alone, without text encoders (for --unet)");
}

ModelKind kind_of_sd(const SafetensorsFile& file) {
  for (const char* front :
       {"cond_stage_model.transformer.", "conditioner.embedders.0.transformer."}) {
    if (any_begins(file, front)) return ModelKind::sd_1;
  }
  for (const char* front : {"cond_stage_model.model.", "conditioner.embedders.0.model."}) {
    if (any_begins(file, front)) return ModelKind::sd_2;
  }
  const int64_t width = context_width(file);
  if (width == UNetConfig::sd15().cross_attention_dim) return ModelKind::sd_1;
  if (width == UNetConfig::sd21().cross_attention_dim) return ModelKind::sd_2;
  refuse(file, "a UNet alone, without text encoders (for --unet)");
}

}  // namespace

ModelKind identify(const SafetensorsFile& file) {
  if (!any_begins(file, unet_prefix + "input_blocks.")) refuse_by_content(file);
  for (const auto& [front, what] : other_checkpoints) {
    if (any_begins(file, front)) refuse(file, what);
  }
  return any_begins(file, unet_prefix + "label_emb.") ? kind_of_xl(file) : kind_of_sd(file);
}

std::string name_of(ModelKind kind) {
  switch (kind) {
    case ModelKind::sdxl_base:
      return "Stable Diffusion XL base";
    case ModelKind::sdxl_refiner:
      return "Stable Diffusion XL refiner";
    case ModelKind::sd_1:
      return "Stable Diffusion 1";
    default:
      return "Stable Diffusion 2";
  }
}

}  // namespace sdxl
