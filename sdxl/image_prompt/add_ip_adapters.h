#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sdxl/pipeline/stable_diffusion_xl.h"
#include "tensor/image/image.h"

namespace sdxl {

/// An IP-Adapter to use, its images, and the strength of what they add.
struct IpAdapterChoice {
  std::filesystem::path file;
  /// Of several the tokens stand side by side. None: each run has its own.
  std::vector<tensor::Image> images = {};
  double scale = 1.0;
};

/// Adds IP-Adapters to a model: the image encoder, and in the UNet a projector for each
/// (encoder_hid_proj.image_projection_layers.i) and layers in each cross-attention
/// (attn2.processor.to_k_ip.i, to_v_ip.i). Nothing is merged: the weights stay mapped.
///
/// `encoder` is the folder or file of the CLIP image encoder of all of them; empty: the folder
/// image_encoder beside the first adapter's file, as the published ones have it.
/// Errors: those of IpAdapterFile and open_vision_model; std::runtime_error for an encoder of
/// another width than an adapter takes, and for a model that has IP-Adapters already.
/// diffusers: loaders/ip_adapter.py, load_ip_adapter
void add_ip_adapters(StableDiffusionXL& model, const std::vector<IpAdapterChoice>& choices,
                     const std::filesystem::path& encoder, const std::string& variant = "");

/// Images for one adapter of a model. Errors: std::invalid_argument for none.
ImagePrompt image_prompt(const StableDiffusionXL& model, const std::vector<tensor::Image>& images,
                         double scale);

}  // namespace sdxl
