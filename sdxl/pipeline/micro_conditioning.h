#pragma once

#include <cstdint>
#include <utility>

#include "sdxl/pixel_size.h"
#include "tensor/tensor.h"

namespace sdxl {

/// What SDXL is told about an image's past, in pixels: the size it had before it was scaled for
/// training, where it was cut, and the size it is meant to have.
///
/// Asking for a small original gives a blurred image, and for a crop one that is cut off.
/// paper: arXiv 2307.01952, section 2.2
struct MicroConditioning {
  PixelSize original_size;
  int64_t crop_top = 0;
  int64_t crop_left = 0;
  PixelSize target_size;
  double aesthetic_score = 6.0;  // 1 to 10, of a refiner alone, which isn't told the target size
};

/// [original height, original width, crop top, crop left, target height, target width], once for
/// each of n images -> (n, 6).
/// diffusers: pipeline_stable_diffusion_xl.py, _get_add_time_ids
tensor::Tensor time_ids(const MicroConditioning& sizes, int64_t n);

/// [original height, original width, crop top, crop left, aesthetic score] -> (n, 5).
/// diffusers: pipeline_stable_diffusion_xl_img2img.py, _get_add_time_ids
tensor::Tensor refiner_time_ids(const MicroConditioning& sizes, int64_t n);

/// The rows for both halves of guidance, (negative, positive), each (n, 6).
///
/// As in diffusers, where the rows alternate, negative, positive, negative ..., and the first n of
/// these 2 n are the negative half's. So with several images each half has some of both.
std::pair<tensor::Tensor, tensor::Tensor> guided_time_ids(const MicroConditioning& negative,
                                                          const MicroConditioning& positive,
                                                          int64_t n);

}  // namespace sdxl
