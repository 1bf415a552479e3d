#pragma once

#include <functional>
#include <string>

#include "nn/module.h"
#include "nn/weight_source.h"
#include "sdxl/checkpoint/single_file_names.h"
#include "tensor/io/safetensors.h"

namespace sdxl {

/// A component of a model in a file of Stability's layout.
struct SingleFileComponent {
  std::string prefix;  // in front of its names in the file
  std::function<SingleFilePlace(const std::string& parameter)> place_of;
  /// Tensors below the prefix that are none of its weights; none: all are.
  std::function<bool(const std::string& name)> is_left_out = {};
};

/// The component's weights under our names. They are views into the file, also the thirds of fused
/// matrices; only what is stored transposed is copied.
/// Errors: std::runtime_error for a fused matrix that has no equal thirds.
nn::WeightSource single_file_weights(const tensor::io::SafetensorsFile& file,
                                     const SingleFileComponent& component, const nn::Module& model);

}  // namespace sdxl
