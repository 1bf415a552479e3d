#include "sdxl/inspect/skips.h"

#include <algorithm>

#include "nn/parameter.h"
#include "tensor/error.h"

namespace sdxl {

namespace {

using Modules = std::vector<nn::Module*>;

/// The child of a name, or null.
const nn::Module* child(const nn::Module& module, const std::string& name) {
  const std::string path = nn::join_path(module.path(), name);
  const Modules& all = module.children();
  const auto found =
      std::ranges::find_if(all, [&](const nn::Module* m) { return m->path() == path; });
  return found == all.end() ? nullptr : *found;
}

/// The output channels of a convolution.
int64_t channels_of(const nn::Module* conv) { return conv->parameters().front()->shape().dim(0); }

std::vector<Skip> pushed_by(const nn::Module& unet) {
  const nn::Module* first = child(unet, "conv_in");
  tensor::require(first, "skips_of: expected a UNet, got {}", unet.path());
  std::vector<Skip> skips = {{first->path(), "", channels_of(first)}};
  for (const nn::Module* block : items_of(unet, "down_blocks")) {
    const Modules& resnets = items_of(*block, "resnets");
    const Modules& attentions = items_of(*block, "attentions");
    for (size_t i = 0; i < resnets.size(); ++i) {
      const nn::Module* last = i < attentions.size() ? attentions[i] : resnets[i];
      skips.push_back({last->path(), "", channels_of(child(*resnets[i], "conv2"))});
    }
    for (const nn::Module* sampler : items_of(*block, "downsamplers")) {
      skips.push_back({sampler->path(), "", channels_of(child(*sampler, "conv"))});
    }
  }
  return skips;
}

}  // namespace

const Modules& items_of(const nn::Module& block, const std::string& list) {
  static const Modules none;
  const nn::Module* found = child(block, list);
  return found ? found->children() : none;
}

std::vector<Skip> skips_of(const nn::Module& unet) {
  std::vector<Skip> skips = pushed_by(unet);
  auto next = skips.rbegin();
  for (const nn::Module* block : items_of(unet, "up_blocks")) {
    for (const nn::Module* resnet : items_of(*block, "resnets")) {
      tensor::require(next != skips.rend(), "skips_of: {} has more resnets than skips",
                      block->path());
      (next++)->popped_by = resnet->path();
    }
  }
  return skips;
}

}  // namespace sdxl
