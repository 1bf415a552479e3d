#include "sdxl/image_prompt/ip_adapter_names.h"

#include <algorithm>
#include <utility>

#include "sdxl/adapters/adapter_names.h"
#include "sdxl/checkpoint/part_names.h"
#include "tensor/error.h"

namespace sdxl {

namespace {

using tensor::io::SafetensorsFile;

void collect(nn::Module& module, std::vector<Attention*>& found) {
  auto* attention = dynamic_cast<Attention*>(&module);
  if (attention && module.path().ends_with(".attn2")) found.push_back(attention);
  for (nn::Module* child : module.children()) collect(*child, found);
}

/// A part of a parameter's name, and what a file has there.
struct Spelling {
  std::string own, theirs;
  int half = -1;
};

const std::vector<Spelling> spellings = {
    {"image_embeds.", "proj."},
    {".ln0.", ".0.norm1."},
    {".ln1.", ".0.norm2."},
    {".attn.to_q.", ".0.to_q."},
    {".attn.to_k.", ".0.to_kv.", 0},
    {".attn.to_v.", ".0.to_kv.", 1},
    {".attn.to_out.0.", ".0.to_out."},
    {".ff.0.", ".1.0."},
    {".ff.1.net.0.proj.", ".1.1."},
    {".ff.1.net.2.", ".1.3."},
};

const char* const face_id = "an IP-Adapter FaceID, which takes the embedding of a face recogniser";

/// Other kinds, by a part of a tensor's name.
const std::vector<std::pair<std::string, std::string>> other_kinds = {
    {"image_proj.perceiver_resampler.",
     "an IP-Adapter FaceID Plus, which takes the embedding of a face recogniser"},
    {"image_proj.proj.3.", "an IP-Adapter for full faces, which reads all patches by an MLP"},
    {"image_proj.proj.0.", face_id},
    {"double_blocks.", "an adapter for FLUX"},
    {"vision_model.", "an image encoder (for --ip-encoder)"},
    {"controlnet_cond_embedding.", "a ControlNet (for --control)"},
};

/// True for LoRAs of cross-attentions beside to_k_ip, which FaceID adapters have.
bool has_loras(const SafetensorsFile& file) {
  return std::ranges::any_of(file.names(), [](const std::string& name) {
    return name.starts_with("ip_adapter.") && name.find("_lora.") != std::string::npos;
  });
}

std::string what_else(const SafetensorsFile& file) {
  const auto is_lora = [](const std::string& name) { return split_adapter_name(name).has_value(); };
  for (const auto& [part, kind] : other_kinds) {
    if (std::ranges::any_of(file.names(), [&part = part](const std::string& name) {
          return name.find(part) != std::string::npos;
        })) {
      return kind;
    }
  }
  if (has_loras(file)) return face_id;
  for (const char* part : {"unet", "vae", "text_encoder", "text_encoder_2"}) {
    if (find_part(file, part)) return "a model, or a part of one";
  }
  if (std::ranges::any_of(file.names(), is_lora)) return "a LoRA or one of its kin (for --lora)";
  return file.names().empty() ? "no tensors" : tensor::printable(file.names().front()) + " ...";
}

}  // namespace

std::vector<Attention*> cross_attentions(UNet2DConditionModel& unet) {
  std::vector<Attention*> found;
  for (const char* part : {"down_blocks", "up_blocks", "mid_block"}) {
    for (nn::Module* child : unet.children()) {
      if (child->path_below_root() == part) collect(*child, found);
    }
  }
  return found;
}

ProjectorPlace projector_place(const std::string& parameter) {
  std::string name = parameter;
  int half = -1;
  for (const Spelling& spelling : spellings) {
    const size_t place = name.find(spelling.own);
    if (place == std::string::npos) continue;
    name.replace(place, spelling.own.size(), spelling.theirs);
    half = spelling.half;
    break;
  }
  return {"image_proj." + name, half};
}

void expect_ip_adapter(const SafetensorsFile& file) {
  const bool has_kind =
      file.contains("image_proj.proj.weight") || file.contains("image_proj.latents");
  if (has_kind && any_begins(file, "ip_adapter.") && !has_loras(file)) return;
  tensor::fail(
      "{}: holds {}; expected an IP-Adapter for SDXL, plain or Plus: image_proj.proj.weight or "
      "image_proj.latents, and ip_adapter.1.to_k_ip.weight ...",
      file.path().string(), what_else(file));
}

}  // namespace sdxl
