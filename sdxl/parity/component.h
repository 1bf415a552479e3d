#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "nn/module.h"
#include "sdxl/checkpoint/checkpoint.h"
#include "tensor/io/safetensors.h"

namespace sdxl {

using tensor::Tensor;

/// The components of a model that can be run alone: "unet", "text_encoder", "text_encoder_2",
/// "vae_encoder", "vae_decoder", "controlnet". The last one belongs to no model.
const std::vector<std::string>& component_names();

/// The component's name in model_index.json: "vae" for vae_encoder and vae_decoder.
std::string part_of(const std::string& component);

/// The path above a component's modules: "vae.decoder" for vae_decoder, "unet" for unet.
std::string path_of(const std::string& component);

/// The inputs of a component: the file they are in, for messages, and its tensors by name.
struct ComponentInputs {
  std::string source;
  std::function<Tensor(const std::string& name)> read;
  std::function<bool(const std::string& name)> has;
};

/// An IP-Adapter's file, and the strength of what it adds.
struct IpAdapterScale {
  std::filesystem::path file;
  double scale = 1.0;
};

/// A loaded component that runs on named tensors, with the names of diffusers:
///
///   unet          sample, timestep, encoder_hidden_states, text_embeds, time_ids -> sample
///                 (of an inpainting UNet sample has 9 channels, or 4 and concat the others; with
///                 IP-Adapters also image_embeds.K, (N, images, D) or (N, images, S, D); with
///                 ControlNets also mid_block_additional_residual and
///                 down_block_additional_residuals.N, a tensor for each skip)
///   controlnet    sample, timestep, encoder_hidden_states, controlnet_cond, text_embeds, time_ids
///                 -> down_block_res_samples.N, mid_block_res_sample
///                 (of a union also control_type_idx and conditioning_scale, a number for each
///                 picture; several pictures lie one behind the other along the batch)
///   text_encoder  input_ids -> last_hidden_state, hidden_states.N, pooler_output or text_embeds
///   vae_encoder   sample, an image of -1 to 1 -> moments
///   vae_decoder   sample, unscaled latents -> sample
class ComponentModel {
 public:
  virtual ~ComponentModel() = default;
  virtual const nn::Module& module() const = 0;
  /// Adds IP-Adapters. Each has an input more, image_embeds.0, image_embeds.1 ...
  /// Errors: those of IpAdapterFile; std::runtime_error for a component other than unet.
  virtual void add_ip_adapters(const std::vector<IpAdapterScale>& adapters);
  /// Runs the component once; the results have the names above.
  /// Errors: std::runtime_error for inputs of a wrong shape, with their source; those of the model.
  virtual tensor::io::NamedTensors run(const ComponentInputs& inputs) const = 0;
};

/// `control` is the path of the ControlNet for "controlnet": see open_control_net.
/// Errors: std::runtime_error for a component that the checkpoint lacks.
std::unique_ptr<ComponentModel> load_component(const Checkpoint& checkpoint,
                                               const std::string& component,
                                               const std::filesystem::path& control = {});

}  // namespace sdxl
