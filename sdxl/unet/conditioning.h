#pragma once

#include "tensor/tensor.h"

namespace sdxl {

/// What the UNet is told beside the noisy latents and the time.
struct Conditioning {
  /// Text features, (N, 77, cross_attention_dim): both encoders' side by side.
  tensor::Tensor context;
  /// Pooled text, (N, 1280). Empty for a UNet without added conditioning (SD 1.5, SD 2.1).
  tensor::Tensor pooled;
  /// Micro-conditioning, (N, 6): original height and width, crop top and left, target height and
  /// width, in pixels; a refiner takes (N, 5), the aesthetic score in place of the target. Empty as
  /// `pooled`.
  tensor::Tensor time_ids;
  /// The guidance scale's embedding, (N, time_cond_proj_dim), for an LCM-distilled UNet; else
  /// empty.
  tensor::Tensor timestep_cond;
};

}  // namespace sdxl
