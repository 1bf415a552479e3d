#pragma once

#include <optional>
#include <utility>

#include "nn/module.h"

namespace nn {

/// A layer that only some configs have: built where `present`, left out elsewhere.
///
///   conv_shortcut(layer_if<Conv2d>(in != out, child("conv_shortcut"), in, out, options))
///
/// Why not `emplace` in the constructor's body: there it would come after all other members, and a
/// model's tree would list it last instead of in its place.
template <class Layer, class... Arguments>
std::optional<Layer> layer_if(bool present, const Slot& slot, Arguments&&... arguments) {
  if (!present) return std::nullopt;
  return std::optional<Layer>(std::in_place, slot, std::forward<Arguments>(arguments)...);
}

}  // namespace nn
