#pragma once

#include <cstdint>
#include <random>

#include "sdxl/data/aspect_buckets.h"
#include "tensor/image/image.h"

namespace sdxl {

/// Where a bucket's rectangle lies on an image that was scaled to cover it.
struct CropPlan {
  PixelSize resized;     // the image after scaling; at least one side equals the target's
  int64_t max_top = 0;   // c_top is drawn from 0..max_top
  int64_t max_left = 0;  // c_left is drawn from 0..max_left
};

/// The smallest size of the same shape that covers the target, and how far the target can move on
/// it.
CropPlan plan_crop(const PixelSize& original, const PixelSize& target);

/// One training image with all that SDXL is told about it.
struct TrainingExample {
  tensor::Image pixels;   // of size target
  PixelSize original;     // c_size: before any scaling
  int64_t crop_top = 0;   // c_crop: what the cut removed above ...
  int64_t crop_left = 0;  // ... and to the left, in pixels of the scaled image
  PixelSize target;       // c_ar: the bucket
};

/// Scales an image to cover the target, cuts a window of the target's size at a uniformly drawn
/// place, and says what was done, so that the model can be told: size- and crop-conditioning.
///
///   c_size = (h_original, w_original)
///   x      = resize(x) until it just covers the target
///   c_top  ~ U{0 .. height(x) - h_target},  c_left ~ U{0 .. width(x) - w_target}: one of both is
///   always 0 x      = crop(x, c_top, c_left, h_target, w_target)
///
/// paper: arXiv 2307.01952, algorithm 1 (section 2.2), with section 2.3's bucket for the target
/// size
TrainingExample make_training_example(const tensor::Image& image, const PixelSize& target,
                                      std::mt19937& random);

}  // namespace sdxl
