#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nn/module.h"
#include "sdxl/checkpoint/checkpoint.h"
#include "tensor/io/safetensors.h"

namespace sdxl {

using tensor::Tensor;

/// The parts of a model that can be run by themselves: "unet", "text_encoder", "text_encoder_2",
/// "vae_encoder", "vae_decoder".
const std::vector<std::string>& component_names();

/// The part of the model that a component belongs to: "vae" for both halves of it.
std::string part_of(const std::string& component);

/// Where a component's modules are: "vae.decoder" of vae_decoder, "unet" of unet.
std::string path_of(const std::string& component);

/// The name that hooks on diffusers' modules give a module or a parameter today.
///
/// Why a text encoder's names differ from its weights': since version 5.6 transformers'
/// CLIPTextModel, the first encoder, has no "text_model" inside; the second one still has.
std::string hook_name(const std::string& path, const std::string& component);

/// Where a component's inputs come from: a file, for messages, and its tensors by name.
struct ComponentInputs {
  std::string source;
  std::function<Tensor(const std::string& name)> read;
};

/// A loaded component and how it is run on named tensors, as diffusers names them:
///
///   unet          sample, timestep, encoder_hidden_states, text_embeds, time_ids -> sample
///   text_encoder  input_ids -> last_hidden_state, hidden_states.N, pooler_output or text_embeds
///   vae_encoder   sample, an image of -1 to 1 -> moments
///   vae_decoder   sample, unscaled latents -> sample
class ComponentModel {
 public:
  virtual ~ComponentModel() = default;
  virtual const nn::Module& module() const = 0;
  virtual tensor::io::NamedTensors run(const ComponentInputs& inputs) const = 0;
};

/// Errors: std::runtime_error for a component that the model does not have.
std::unique_ptr<ComponentModel> load_component(const Checkpoint& checkpoint,
                                               const std::string& component);

}  // namespace sdxl
