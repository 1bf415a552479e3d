#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "sdxl/unet/unet_2d_condition.h"
#include "tensor/io/safetensors.h"

namespace sdxl {

/// The file of an IP-Adapter for SDXL, plain or Plus:
///
///   image_proj.proj, .norm                        plain: a linear layer to the tokens
///   image_proj.latents, .proj_in, .layers. ...    Plus: a resampler
///   ip_adapter.N.to_k_ip.weight, .to_v_ip.weight  N = 1, 3, 5 ...: the cross-attentions of the
///                                                 UNet, those of down_blocks, up_blocks, mid_block
///
/// diffusers: loaders/unet.py, _load_ip_adapter_weights
class IpAdapterFile {
 public:
  /// Errors: std::runtime_error that says what the file holds when it is no IP-Adapter of these two
  /// kinds: one for faces, a LoRA, a model.
  explicit IpAdapterFile(const std::filesystem::path& path);

  /// Errors: std::runtime_error for an adapter of another model (Stable Diffusion 1), for missing
  /// tensors, other shapes, and tensors without a place.
  void expect_fits(UNet2DConditionModel& unet) const { read(unet); }
  /// Adds the projector and the layers of the cross-attentions, which keep the file mapped.
  /// Errors: those of expect_fits. The UNet is then unchanged.
  void add_to(UNet2DConditionModel& unet) const;

  /// The sizes of its projector. Errors: std::runtime_error for missing tensors and odd shapes.
  ProjectorConfig projector_config() const;

 private:
  /// Of a cross-attention's to_k_ip and to_v_ip.
  struct KeysAndValues {
    tensor::WeightView to_k, to_v;
  };
  struct Weights {
    ProjectorConfig config;
    std::map<std::string, tensor::WeightView> projector;  // by the parameters' names in it
    std::vector<KeysAndValues> attentions;
  };

  Weights read(UNet2DConditionModel& unet) const;
  std::string path() const { return file_.path().string(); }
  /// The sizes of a tensor of rank 2 or 3, all above 0.
  std::vector<int64_t> sizes(const std::string& name, int rank) const;
  void expect_family(const UNet2DConditionModel& unet, const ProjectorConfig& config) const;

  tensor::io::SafetensorsFile file_;
};

}  // namespace sdxl
