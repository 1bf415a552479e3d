#pragma once

#include <vector>

#include "sdxl/image_prompt/image_projection.h"
#include "tensor/tensor.h"

namespace sdxl {

/// What ControlNets add inside the UNet: a tensor to each skip, in the order in which the skips are
/// pushed, and one to the middle's output. Empty without a ControlNet.
/// diffusers: down_block_additional_residuals, mid_block_additional_residual
struct ControlResiduals {
  std::vector<tensor::Tensor> skips = {};
  tensor::Tensor mid = {};
};

/// The UNet's inputs besides the noisy latents and the timestep. N as the sample's.
struct Conditioning {
  /// Text features, (N, 77, cross_attention_dim): of both encoders, concatenated along channels.
  tensor::Tensor context;
  /// Pooled text, (N, 1280). Empty for a UNet without added conditioning (SD 1.5, SD 2.1).
  tensor::Tensor pooled;
  /// Micro-conditioning, (N, 6): original height and width, crop top and left, target height and
  /// width, in pixels; for a refiner (N, 5), with the aesthetic score in place of the target. Empty
  /// where `pooled` is.
  tensor::Tensor time_ids;
  /// The guidance scale's embedding, (N, time_cond_proj_dim), for an LCM-distilled UNet; else
  /// empty.
  tensor::Tensor timestep_cond;
  /// For an inpainting UNet, (N, 5, h, w): mask and latents of the masked image, concatenated to
  /// the sample along channels; else empty.   sgm: "concat"
  tensor::Tensor concat = {};
  ControlResiduals control = {};
  std::vector<ImageCondition> images = {};  // one for each IP-Adapter
};

}  // namespace sdxl
