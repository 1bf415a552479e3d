#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "nn/adapter.h"

namespace sdxl {

/// A tensor's name in an adapter's file, taken apart: the layer as the file spells it, and which of
/// the adapter's tensors it is.
///
///   lora_unet_mid_block_..._to_q.lora_down.weight   layer lora_unet_mid_block_..._to_q, part down
///   unet.mid_block....to_q.lora_A.weight            layer unet.mid_block....to_q,       part down
///
/// Parts: down, up, mid, magnitude, alpha; hada_w1_a ... of a LoHa, lokr_w1 ... of a LoKr.
struct AdapterName {
  std::string layer;
  std::string part;
};
/// nullopt for a name that does not end like one of an adapter.
std::optional<AdapterName> split_adapter_name(const std::string& tensor);

/// The component that a name belongs to by its beginning: "text_encoder", "text_encoder_2", else
/// "unet".
std::string component_of_adapter_name(const std::string& tensor);

/// The layers of a model that adapters can be added to, in the order of its modules.
std::vector<nn::AdaptableLayer*> adaptable_layers(const nn::Module& model);

/// All spellings of the names of a component's layers in adapters' files, each with its layer. For
/// `mid_block.attentions.0.proj_in` of the UNet:
///
///   kohya        lora_unet_mid_block_attentions_0_proj_in, lora_unet_middle_block_1_proj_in
///   diffusers    unet.mid_block.attentions.0.proj_in, or without "unet."; of an attention also
///                ...attn1.processor.to_q_lora, ...attn1.processor.to_out_lora
///   peft         base_model.model.mid_block.attentions.0.proj_in
///   ComfyUI      diffusion_model.middle_block.1.proj_in
///
/// of a text encoder lora_te1_, lora_te_ (the second: lora_te2_), text_encoder. with or without
/// "text_model.", and ...self_attn.to_q_lora for q_proj. `component` is "unet", "text_encoder" or
/// "text_encoder_2".
///
/// The table is made from the model's own names. So a name has one layer or none, and nothing is
/// guessed.
/// diffusers: loaders/lora_conversion_utils.py   sd-scripts: networks/lora.py
std::map<std::string, nn::AdaptableLayer*> adapter_layers(const nn::Module& model,
                                                          const std::string& component);

}  // namespace sdxl
