#pragma once

#include <cstdint>
#include <utility>

#include "sdxl/pixel_size.h"
#include "tensor/tensor.h"

namespace sdxl {

/// Micro-conditioning: sizes in pixels that SDXL is conditioned on. In training: an image's size
/// before it was scaled, the crop's offset, and the size after the crop.
///
/// In generation a small original size gives a blurred image; a crop offset gives a cropped object.
/// paper: arXiv 2307.01952, sections 2.2 and 2.3
struct MicroConditioning {
  PixelSize original_size;
  int64_t crop_top = 0;
  int64_t crop_left = 0;
  PixelSize target_size;
  double aesthetic_score = 6.0;  // 1 to 10: in place of target_size, for a refiner
};

/// [original height, original width, crop top, crop left, target height, target width], once for
/// each of n images -> (n, 6).
/// diffusers: pipeline_stable_diffusion_xl.py, _get_add_time_ids
tensor::Tensor time_ids(const MicroConditioning& sizes, int64_t n);

/// [original height, original width, crop top, crop left, aesthetic score] -> (n, 5).
/// diffusers: pipeline_stable_diffusion_xl_img2img.py, _get_add_time_ids
tensor::Tensor refiner_time_ids(const MicroConditioning& sizes, int64_t n);

/// The rows of both inputs of guidance, (unconditional, conditional), each (n, 6).
///
/// As in diffusers the 2 n rows alternate, negative, positive, negative ...; the first n are the
/// unconditional input's. So with several images each input has rows of both.
std::pair<tensor::Tensor, tensor::Tensor> guided_time_ids(const MicroConditioning& negative,
                                                          const MicroConditioning& positive,
                                                          int64_t n);

}  // namespace sdxl
