#pragma once

#include <optional>
#include <utility>

#include "nn/module.h"

namespace nn {

/// An optional layer: it is built if `present`, otherwise the result is empty.
///
///   conv_shortcut(layer_if<Conv2d>(in != out, child("conv_shortcut"), in, out, options))
///
/// Why not `emplace` in the constructor's body: modules register in the order of construction, so
/// the layer would be the last one in the model's tree.
template <class Layer, class... Arguments>
std::optional<Layer> layer_if(bool present, const Slot& slot, Arguments&&... arguments) {
  if (!present) return std::nullopt;
  return std::optional<Layer>(std::in_place, slot, std::forward<Arguments>(arguments)...);
}

}  // namespace nn
