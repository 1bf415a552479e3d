#pragma once

#include <memory>
#include <string>

#include "sdxl/adapters/layer_adapter.h"

namespace sdxl {

/// An adapter that runs beside a layer, under a name such as "default". `owners` keep its tensors.
std::unique_ptr<const nn::Adapter> make_adapter(
    nn::AdaptableLayer& layer, const LayerAdapter& adapter, const std::string& name,
    const std::shared_ptr<const nn::WeightOwners>& owners);

}  // namespace sdxl
