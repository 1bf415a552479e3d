#include "sdxl/data/training_example.h"

#include <algorithm>
#include <cmath>

#include "tensor/error.h"
#include "tensor/image/resize.h"

namespace sdxl {

CropPlan plan_crop(const PixelSize& original, const PixelSize& target) {
  tensor::require(
      original.height >= 1 && original.width >= 1 && target.height >= 1 && target.width >= 1,
      "plan_crop expects sizes of at least 1 x 1 pixels, got {} x {} for a target of {} x {}",
      original.height, original.width, target.height, target.width);
  const double scale =
      std::max(static_cast<double>(target.height) / static_cast<double>(original.height),
               static_cast<double>(target.width) / static_cast<double>(original.width));
  const int64_t height = std::llround(static_cast<double>(original.height) * scale);
  const int64_t width = std::llround(static_cast<double>(original.width) * scale);
  const PixelSize resized{std::max(height, target.height), std::max(width, target.width)};
  return {resized, resized.height - target.height, resized.width - target.width};
}

TrainingExample make_training_example(const tensor::Image& image, const PixelSize& target,
                                      std::mt19937& random) {
  const PixelSize original{image.height, image.width};
  const CropPlan plan = plan_crop(original, target);
  const tensor::Image x = tensor::resize_lanczos(image, plan.resized.height, plan.resized.width);
  const int64_t top = std::uniform_int_distribution<int64_t>(0, plan.max_top)(random);
  const int64_t left = std::uniform_int_distribution<int64_t>(0, plan.max_left)(random);
  return {tensor::crop(x, top, left, target.height, target.width), original, top, left, target};
}

}  // namespace sdxl
