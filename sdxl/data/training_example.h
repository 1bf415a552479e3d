#pragma once

#include <cstdint>
#include <random>

#include "sdxl/data/aspect_buckets.h"
#include "tensor/image/image.h"

namespace sdxl {

/// The size of an image scaled to cover a bucket, and the range of the crop's offset.
struct CropPlan {
  PixelSize resized;     // the image after scaling; at least one side equals the target's
  int64_t max_top = 0;   // c_top is drawn from 0..max_top
  int64_t max_left = 0;  // c_left is drawn from 0..max_left
};

/// The smallest size of the same aspect ratio that covers the target, and the range of the crop.
/// Errors: std::invalid_argument for a size below 1 x 1.
CropPlan plan_crop(const PixelSize& original, const PixelSize& target);

/// One training image and its micro-conditioning.
struct TrainingExample {
  tensor::Image pixels;   // of size target
  PixelSize original;     // c_size: before any scaling
  int64_t crop_top = 0;   // c_crop: rows removed above ...
  int64_t crop_left = 0;  // ... and columns to the left, in pixels of the scaled image
  PixelSize target;       // c_ar: the bucket
};

/// A training example with size- and crop-conditioning: scales an image to cover the target, and
/// crops a window of the target's size at a uniformly random offset.
///
///   c_size = (h_original, w_original)
///   x      = resize(x) until it just covers the target
///   c_top  ~ U{0 .. height(x) - h_target},  c_left ~ U{0 .. width(x) - w_target}; one range is {0}
///   x      = crop(x, c_top, c_left, h_target, w_target)
///
/// Errors: std::invalid_argument for a size below 1 x 1.
/// paper: arXiv 2307.01952, algorithm 1 (section 2.2), with a bucket of section 2.3 as the target
TrainingExample make_training_example(const tensor::Image& image, const PixelSize& target,
                                      std::mt19937& random);

}  // namespace sdxl
