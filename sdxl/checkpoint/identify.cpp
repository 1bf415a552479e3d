#include "sdxl/checkpoint/identify.h"

#include <algorithm>
#include <utility>

#include "tensor/error.h"

namespace sdxl {

namespace {

using tensor::io::SafetensorsFile;

/// Known other models, by a part of the name of one of their tensors; the most specific come first.
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
    {"edm_mean", "Playground 2.5, which was trained with noise of another kind"},
    {"edm_vpred.", "a model that was trained with noise of another kind (EDM)"},
    {"diffusion_model.effnet_mapper.", "Stable Cascade"},
    {"time_embedding.linear_1.", "a UNet alone, in diffusers' layout"},
    {"encoder.layers.0.self_attn.", "a text encoder alone"},
    {"clip_g", "a textual inversion: a word for a model, not a model"},
    {"emb_params", "a textual inversion: a word for a model, not a model"},
    {"decoder.layers.0.", "a tiny autoencoder alone (for --vae)"},
    {"decoder.mid_block.", "an autoencoder alone (for --vae)"},
    {"decoder.mid.", "an autoencoder alone (for --vae)"},
};

bool any_contains(const SafetensorsFile& file, const std::string& text) {
  return std::ranges::any_of(
      file.names(), [&](const std::string& name) { return name.find(text) != std::string::npos; });
}

bool any_begins(const SafetensorsFile& file, const std::string& front) {
  return std::ranges::any_of(file.names(),
                             [&](const std::string& name) { return name.starts_with(front); });
}

[[noreturn]] void refuse(const SafetensorsFile& file, const std::string& what) {
  tensor::fail(
      "{}: holds {}; expected a whole checkpoint of SDXL (base or refiner) or of Stable Diffusion "
      "1 or 2",
      file.path().string(), what);
}

void refuse_other_models(const SafetensorsFile& file) {
  const bool is_whole = any_begins(file, "model.diffusion_model.input_blocks.");
  for (const auto& [part_of_name, what] : other_models) {
    // Whole checkpoints have text encoders and an autoencoder, too.
    const bool is_of_whole = what.find("alone") != std::string::npos;
    if (!(is_whole && is_of_whole) && any_contains(file, part_of_name)) refuse(file, what);
  }
  if (is_whole) return;
  const std::string first = file.names().empty() ? "" : file.names().front();
  refuse(file, first.empty() ? "no tensors"
                             : "no model that is known (" + tensor::printable(first) + " ...)");
}

}  // namespace

ModelKind identify(const SafetensorsFile& file) {
  refuse_other_models(file);
  if (any_begins(file, "conditioner.embedders.1.")) return ModelKind::sdxl_base;
  if (any_begins(file, "conditioner.embedders.0.model.")) return ModelKind::sdxl_refiner;
  const bool is_unclip = file.contains("model.diffusion_model.label_emb.0.0.weight");
  if (is_unclip && any_begins(file, "cond_stage_model.")) refuse(file, "Stable unCLIP");
  if (any_begins(file, "cond_stage_model.transformer.")) return ModelKind::sd_1;
  if (any_begins(file, "cond_stage_model.model.")) return ModelKind::sd_2;
  refuse(file, "a UNet in Stability's layout, but no text encoder");
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
