#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nn/module.h"

namespace sdxl {

/// One skip connection of a UNet.
struct Skip {
  std::string pushed_by;  // the path of the module whose output it is
  std::string popped_by;  // of the resnet that takes it, as the last channels of its x
  int64_t channels;
};

/// The skips of a UNet in the order in which the downward half pushes them: conv_in, then each
/// resnet (or the attention behind it) and each downsampler. The upward half pops them from the
/// last one on.
std::vector<Skip> skips_of(const nn::Module& unet);

/// The items of a block's list, such as "resnets"; none where it has no such list.
const std::vector<nn::Module*>& items_of(const nn::Module& block, const std::string& list);

}  // namespace sdxl
