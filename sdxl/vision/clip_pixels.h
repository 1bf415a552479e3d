#pragma once

#include "tensor/image/image.h"

namespace sdxl {

using tensor::Tensor;

/// An image as CLIP takes it:
///
///   the shorter side to `side` pixels by the cubic filter, the longer one in proportion
///   the middle square of it
///   (byte / 255 - mean) / std, for each channel
///
/// -> (1, 3, side, side). Of a photograph much wider than high only the middle is seen.
/// Errors: std::invalid_argument for an image so narrow that the longer side would be immense.
/// transformers: models/clip/image_processing_clip.py, CLIPImageProcessor
Tensor clip_pixels(const tensor::Image& image, int64_t side);

}  // namespace sdxl
